import { afterEach, describe, expect, it } from "vitest";
import type { Comm } from "../../src/comm/comm.ts";

/** Two ends of a channel, and what takes the medium away when the test is over. */
export interface CommPair {
  readonly here: Comm;
  readonly there: Comm;
  /** Takes `there` away without a word, as the end of its process would. */
  breakDown(): void;
  release(): void | Promise<void>;
}

export interface CommTraits {
  /** The medium tells a broken channel from a closed one. */
  readonly givesReason: boolean;
  /** Buffers can be moved instead of copied. */
  readonly moves: boolean;
  /** Both ends see the same SharedArrayBuffer. */
  readonly sharesMemory: boolean;
}

/** Collects what a channel receives, for tests that wait for it. */
export class Inbox {
  readonly messages: unknown[] = [];
  readonly closed: Promise<Error | undefined>;
  ends = 0;
  #wanted: (() => void)[] = [];

  constructor(comm: Comm) {
    comm.onMessage = (message) => {
      this.messages.push(message);
      for (const check of this.#wanted) check();
    };
    this.closed = new Promise((resolve) => {
      comm.onClose = (reason) => {
        this.ends++;
        resolve(reason);
      };
    });
  }

  /** The first messages, as soon as there are so many. */
  first(count: number): Promise<unknown[]> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.messages.length >= count) resolve(this.messages.slice(0, count));
      };
      this.#wanted.push(check);
      check();
    });
  }

  async next(): Promise<unknown> {
    return (await this.first(this.messages.length + 1)).at(-1);
  }
}

/** What every channel must do. */
export function commContract(open: () => Promise<CommPair>, traits: CommTraits): void {
  const pairs: CommPair[] = [];
  const opened = async (): Promise<CommPair> => {
    const pair = await open();
    pairs.push(pair);
    return pair;
  };
  afterEach(async () => {
    for (const pair of pairs.splice(0)) {
      pair.here.close();
      pair.there.close();
      await pair.release();
    }
  });
  /** What arrives when it is sent. */
  const sent = async (message: unknown, transfer?: readonly ArrayBuffer[]): Promise<unknown> => {
    const { here, there } = await opened();
    const arrival = new Inbox(there).next();
    here.send(message, transfer);
    return arrival;
  };

  describe("messages", () => {
    it("arrive in order, those of many turns as those of one", async () => {
      const { here, there } = await opened();
      const inbox = new Inbox(there);
      const numbers = Array.from({ length: 3000 }, (_, i) => i);
      for (const number of numbers) {
        here.send(number);
        if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await inbox.first(3000)).toEqual(numbers);
    });

    it("go both ways at once", async () => {
      const { here, there } = await opened();
      const [a, b] = [new Inbox(here), new Inbox(there)];
      for (let i = 0; i < 100; i++) {
        here.send(["to there", i]);
        there.send(["to here", i]);
      }
      expect((await a.first(100)).at(-1)).toEqual(["to here", 99]);
      expect((await b.first(100)).at(-1)).toEqual(["to there", 99]);
    });

    it("wait for onMessage", async () => {
      const { here, there } = await opened();
      here.send("early");
      here.send("also early");
      const echo = new Inbox(here).next();
      there.send("they have had time");
      await echo;
      const inbox = new Inbox(there);
      here.send("late");
      expect(await inbox.first(3)).toEqual(["early", "also early", "late"]);
    });

    it("leave at once when they are flushed", async () => {
      const { here, there } = await opened();
      const arrival = new Inbox(there).next();
      here.send("flushed");
      here.flush();
      here.flush();
      expect(await arrival).toBe("flushed");
    });

    it("go on after the owner's own mistake", async () => {
      const { here, there } = await opened();
      const uncaught = nextUncaught();
      there.onMessage = () => {
        throw new Error("the owner's");
      };
      here.send(1);
      expect(await uncaught).toEqual(new Error("the owner's"));
      const arrival = new Inbox(there).next();
      here.send(2);
      expect(await arrival).toBe(2);
    });
  });

  describe("values", () => {
    it.each<[string, unknown]>([
      ["undefined", undefined],
      ["null", null],
      ["a bigint", 2n ** 80n],
      ["an empty string", ""],
      ["a string beyond Latin-1", "żółw 🐢"],
      ["a long string", "x".repeat(3_000_000)],
      ["-0 and NaN", [-0, Number.NaN]],
      ["holes", Object.assign(new Array(3), { 1: "one" })],
      ["a Map and a Set", [new Map([[{ a: 1 }, new Set([1])]])]],
      ["a Date and a RegExp", [new Date(5), /a+/g]],
      ["an empty typed array", new Float64Array(0)],
      ["a small typed array", Float32Array.of(1.5, 2.5)],
      ["a large typed array", new Int32Array(17_000).fill(7)],
      ["bigint arrays", [BigInt64Array.of(-1n), BigUint64Array.of(1n)]],
      ["a large buffer", new Uint8Array(66_000).fill(9).buffer],
      ["an empty buffer", new ArrayBuffer(0)],
      ["large and small ones", [new Uint8Array(66_000), 1, new Uint8Array(3), new Float64Array(9_000)]],
    ])("keep what they are: %s", async (_, value) => {
      expect(await sent(value)).toEqual(value);
    });

    it("keep a DataView, and an error with its cause", async () => {
      const view = new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2);
      const error = new RangeError("out", { cause: "why" });
      const [arrivedView, arrivedError] = (await sent([view, error])) as [DataView, Error];
      expect(arrivedView).toBeInstanceOf(DataView);
      expect([arrivedView.byteOffset, arrivedView.byteLength, arrivedView.getUint8(1)]).toEqual([1, 2, 3]);
      expect(arrivedError).toBeInstanceOf(RangeError);
      expect(arrivedError.message).toBe("out");
    });

    it.each([8, 100_000])("keep what shares a buffer of %i bytes", async (bytes) => {
      const buffer = new ArrayBuffer(bytes);
      new Uint8Array(buffer).fill(5);
      const message = { all: new Uint8Array(buffer), part: new Uint8Array(buffer, 2, 3), buffer };
      const arrived = (await sent(message)) as typeof message;
      expect(arrived.part).toEqual(Uint8Array.of(5, 5, 5));
      expect(arrived.part.byteOffset).toBe(2);
      expect(arrived.all.buffer).toBe(arrived.part.buffer);
      expect(arrived.buffer).toBe(arrived.all.buffer);
      arrived.all[3] = 1;
      expect(arrived.part[1]).toBe(1);
    });

    it("keep what shares a buffer that is seen before its views", async () => {
      const buffer = new ArrayBuffer(100_000);
      const [first, view] = (await sent([buffer, new Uint8Array(buffer)])) as [ArrayBuffer, Uint8Array];
      expect(view.buffer).toBe(first);
    });

    it("keep cycles and repetitions", async () => {
      const one: Record<string, unknown> = { big: new Uint8Array(100_000) };
      one.self = one;
      const [a, b] = (await sent([one, one])) as Record<string, unknown>[];
      expect(a).toBe(b);
      expect(a!.self).toBe(a);
    });

    it.each([0, 8, 100_000])("keep the kind of a SharedArrayBuffer of %i bytes", async (bytes) => {
      const shared = new SharedArrayBuffer(bytes);
      new Uint8Array(shared).fill(3);
      const message = [shared, new Uint8Array(shared), shared, "behind"];
      const [a, view, b, behind] = (await sent(message)) as [SharedArrayBuffer, Uint8Array, unknown, string];
      expect(a).toBeInstanceOf(SharedArrayBuffer);
      expect([b, view.buffer]).toEqual([a, a]);
      expect(view.buffer).toBe(a);
      expect([view.length, view.every((byte) => byte === 3), behind]).toEqual([bytes, true, "behind"]);
      if (bytes === 0) return;
      view[0] = 4;
      expect(new Uint8Array(shared)[0]).toBe(traits.sharesMemory ? 4 : 3);
    });

    it("take a buffer that grows", async () => {
      const buffer = new (ArrayBuffer as unknown as ResizableConstructor)(70_000, { maxByteLength: 80_000 });
      const arrived = (await sent(buffer)) as typeof buffer;
      expect([arrived.byteLength, arrived.maxByteLength]).toEqual([70_000, 80_000]);
    });

    it.each([100, 66_000])("move a buffer of %i bytes where they can", async (bytes) => {
      const array = new Uint8Array(bytes).fill(1);
      const arrived = await sent([array, array.buffer], [array.buffer]);
      expect(arrived).toEqual([new Uint8Array(bytes).fill(1), new Uint8Array(bytes).fill(1).buffer]);
      expect(array.byteLength).toBe(traits.moves ? 0 : bytes);
    });
  });

  describe("what cannot be cloned", () => {
    it.each<[string, unknown]>([
      ["a function", { deep: [() => 1] }],
      ["a symbol", Symbol("s")],
      ["a promise", Promise.resolve()],
      ["a WeakMap", new WeakMap()],
    ])("is refused, and the channel stays usable: %s", async (_, value) => {
      const { here, there } = await opened();
      const inbox = new Inbox(there);
      expect(() => here.send([new Uint8Array(100_000), value])).toThrow(DOMException);
      expect(() => here.send(value)).toThrow(expect.objectContaining({ name: "DataCloneError" }));
      here.send("after");
      expect(await inbox.first(1)).toEqual(["after"]);
    });

    it("gives the error of a getter that throws", async () => {
      const { here, there } = await opened();
      const inbox = new Inbox(there);
      const value = Object.defineProperty({}, "x", {
        enumerable: true,
        get: () => {
          throw new RangeError("the getter's");
        },
      });
      expect(() => here.send(value)).toThrow(new RangeError("the getter's"));
      here.send("after");
      expect(await inbox.first(1)).toEqual(["after"]);
    });
  });

  describe("the end", () => {
    it("comes to both sides, once, after all that was sent", async () => {
      const { here, there } = await opened();
      const [a, b] = [new Inbox(here), new Inbox(there)];
      for (let i = 0; i < 50; i++) here.send(new Uint8Array(100_000).fill(i));
      here.close();
      here.close();
      expect(await b.closed).toBeUndefined();
      expect(await a.closed).toBeUndefined();
      expect(b.messages).toHaveLength(50);
      there.close();
      expect([a.ends, b.ends]).toEqual([1, 1]);
    });

    it("does not take away what waits for onMessage", async () => {
      const { here, there } = await opened();
      here.send("kept");
      here.close();
      // Time for everything to arrive.
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      const inbox = new Inbox(there);
      expect(await inbox.first(1)).toEqual(["kept"]);
    });

    it("may be made by both sides at once", async () => {
      const { here, there } = await opened();
      const [a, b] = [new Inbox(here), new Inbox(there)];
      here.close();
      there.close();
      expect([await a.closed, await b.closed]).toEqual([undefined, undefined]);
    });

    it("ends what this side hears", async () => {
      const { here, there } = await opened();
      const [a, b] = [new Inbox(here), new Inbox(there)];
      there.send("on its way");
      here.close();
      await Promise.all([a.closed, b.closed]);
      expect(a.messages).toEqual([]);
    });

    it("ends it at once, even amid messages that have come together", async () => {
      const { here, there } = await opened();
      const inbox = new Inbox(there);
      const take = there.onMessage;
      there.onMessage = (message) => {
        take(message);
        there.close();
      };
      for (let i = 0; i < 10; i++) here.send(i);
      await inbox.closed;
      expect(inbox.messages).toEqual([0]);
    });

    it("is no trouble to who sends after it", async () => {
      const { here, there } = await opened();
      const [a, b] = [new Inbox(here), new Inbox(there)];
      there.close();
      here.send("into nothing");
      await Promise.all([a.closed, b.closed]);
      here.send("into nothing");
      here.flush();
      there.send("into nothing");
      expect([a.messages, b.messages]).toEqual([[], []]);
    });

    it("comes with the reason when the other side breaks down", async () => {
      const { here, there, breakDown } = await opened();
      const [a, b] = [new Inbox(here), new Inbox(there)];
      here.send("hello");
      await b.first(1);
      breakDown();
      const reason = await a.closed;
      if (traits.givesReason) expect(reason).toBeInstanceOf(Error);
      else expect(reason).toBeUndefined();
      expect(a.ends).toBe(1);
    });

    it("comes although much is unsent when the other side breaks down", async () => {
      const { here, there, breakDown } = await opened();
      const [a, b] = [new Inbox(here), new Inbox(there)];
      for (let i = 0; i < 20; i++) here.send(new Uint8Array(4_000_000));
      await b.first(1);
      breakDown();
      await a.closed;
      expect(a.ends).toBe(1);
    });
  });
}

interface ResizableConstructor {
  new (bytes: number, options: { maxByteLength: number }): ArrayBuffer & { readonly maxByteLength: number };
}

/** The next uncaught error of this process, which the test runner does not get then. */
function nextUncaught(): Promise<unknown> {
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  return new Promise((resolve) => {
    process.once("uncaughtException", (error) => {
      for (const listener of listeners) process.on("uncaughtException", listener);
      resolve(error);
    });
  });
}
