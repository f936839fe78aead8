import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import type { Comm } from "../../src/comm/comm.ts";
import type { Peers } from "../../src/spawn/spawn.ts";
import { PeerData } from "../../src/worker/peer-data.ts";
import { FULL_MESSAGE } from "../../src/worker/protocol.ts";
import type { Store } from "../../src/worker/store.ts";
import { channel, closesChannels } from "../support/channel.ts";
import { filesBelow, filesIn, temporary, testStore } from "../support/stores.ts";

closesChannels();

type News = readonly ["value" | "missing" | "lost" | "given" | "unreadable", number, ...unknown[]];

/** A worker's values, and its news in their order. */
class Side {
  readonly store: Store;
  readonly news: News[] = [];
  /** Channels that it has opened. */
  readonly opened: Comm[] = [];
  readonly data: PeerData;
  #told: (() => void) | undefined;

  constructor(name: string, others: Map<string, Peers>, sharesMemory: boolean, directory?: string) {
    const library = new Library(name);
    this.store = testStore(directory === undefined ? Infinity : LIMIT, directory, library);
    const peers: Peers = {
      connect: (id) => {
        const [mine, theirs] = channel();
        this.opened.push(mine);
        others.get(id)?.onConnection(name, theirs);
        return mine;
      },
      onConnection: () => {},
    };
    others.set(name, peers);
    const tell = (...one: News): void => {
      this.news.push(one);
      this.#told?.();
    };
    this.data = new PeerData({
      peers,
      library,
      store: this.store,
      sharesMemory,
      onValue: (attempt, bytes) => tell("value", attempt, this.store.look(attempt), bytes),
      onMissing: (attempt) => tell("missing", attempt),
      onLost: (index) => tell("lost", index),
      onGiven: (attempt) => tell("given", attempt),
      onUnreadable: (attempt) => tell("unreadable", attempt),
    });
  }

  /** The first news. */
  async first(count: number): Promise<readonly News[]> {
    while (this.news.length < count) await new Promise<void>((resolve) => (this.#told = resolve));
    return this.news.slice(0, count);
  }
}

function two(sharesMemory = true, directory?: string): { asker: Side; holder: Side } {
  const others = new Map<string, Peers>();
  const holder = new Side("holder", others, sharesMemory, directory && filesIn(directory, 0));
  const asker = new Side("asker", others, sharesMemory, directory && filesIn(directory, 1));
  asker.data.add({ index: 7, id: "holder", address: undefined });
  return { asker, holder };
}

const LARGE = 100_000;
/** Of two large values only one can stay in memory. */
const LIMIT = 1.5 * LARGE;

describe("values from worker to worker", () => {
  it("come with their size, all that are asked for at once, and stay where they are", async () => {
    const { asker, holder } = two();
    holder.store.set(1, "a");
    holder.store.set(2, [5]);
    asker.data.gather(7, 1, false);
    asker.data.gather(7, 2, false);
    asker.data.send();
    const [one, another] = await asker.first(2);
    expect(one!.slice(0, 3)).toEqual(["value", 1, "a"]);
    expect(another!.slice(0, 3)).toEqual(["value", 2, [5]]);
    expect(one![3]).toBeGreaterThan(0);
    expect([holder.store.has(1), asker.opened.length]).toEqual([true, 1]);
  });

  it("keep their classes", async () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
      get double(): number {
        return 2 * this.x;
      }
    }
    const { asker, holder } = two();
    for (const attempt of [1, 2]) {
      holder.store.set(attempt, new Point(attempt));
      asker.data.gather(7, attempt, false);
      asker.data.send();
    }
    const [one, another] = (await asker.first(2)).map(([, , value]) => value as Point);
    expect([one!.double, another!.double]).toEqual([2, 4]);
    expect(one!.constructor).toBe(another!.constructor);
  });

  it("are handed over to who needs them last, with their memory", async () => {
    const { asker, holder } = two();
    const value = new Uint8Array(LARGE).fill(3);
    holder.store.set(1, value);
    asker.data.gather(7, 1, true);
    asker.data.send();
    const [[, , arrived]] = (await asker.first(1)) as [News];
    expect((arrived as Uint8Array)[LARGE - 1]).toBe(3);
    expect([value.byteLength, holder.store.has(1)]).toEqual([0, false]);
    expect(holder.news).toEqual([["given", 1]]);
  });

  it("are not robbed of memory that another value has too", async () => {
    const { asker, holder } = two(false);
    const value = new Uint8Array(LARGE).fill(3);
    holder.store.set(1, value);
    holder.store.set(2, { same: value });
    asker.data.gather(7, 1, true);
    asker.data.send();
    await asker.first(1);
    expect([value.byteLength, holder.store.has(1), holder.store.has(2)]).toEqual([LARGE, false, true]);
  });

  it("are not robbed of memory that a task uses at this moment", async () => {
    const { asker, holder } = two();
    const value = new Uint8Array(LARGE).fill(3);
    holder.store.set(1, value);
    holder.store.take([1]);
    asker.data.gather(7, 1, true);
    asker.data.send();
    const [[, , arrived]] = (await asker.first(1)) as [News];
    expect((arrived as Uint8Array)[LARGE - 1]).toBe(3);
    expect([value.byteLength, holder.store.has(1)]).toEqual([LARGE, false]);
  });

  it("that are more than one message should hold come in several, in order", async () => {
    const { asker, holder } = two(false);
    for (const attempt of [1, 2, 3]) {
      holder.store.set(attempt, new Uint8Array(FULL_MESSAGE));
      asker.data.gather(7, attempt, false);
    }
    asker.data.send();
    let messages = 0;
    const { onMessage } = asker.opened[0]!;
    asker.opened[0]!.onMessage = (message) => {
      messages++;
      onMessage(message);
    };
    expect((await asker.first(3)).map(([news, attempt]) => [news, attempt])).toEqual([
      ["value", 1],
      ["value", 2],
      ["value", 3],
    ]);
    expect(messages).toBe(3);
  });

  it("are not sent before those sent before have arrived", async () => {
    const { asker, holder } = two(false);
    for (const attempt of [1, 2]) {
      holder.store.set(attempt, new Uint8Array(FULL_MESSAGE));
      asker.data.gather(7, attempt, true);
    }
    asker.data.send();
    const seen: boolean[] = [];
    const { onMessage } = asker.opened[0]!;
    asker.opened[0]!.onMessage = (message) => {
      seen.push(holder.store.has(1), holder.store.has(2));
      onMessage(message);
    };
    await asker.first(2);
    expect(seen).toEqual([false, true, false, false]);
  });

  it("that several threads read are in memory that all of them see", async () => {
    const { asker, holder } = two();
    holder.store.set(1, new Float64Array(LARGE));
    asker.data.gather(7, 1, false);
    asker.data.send();
    const [[, , arrived]] = (await asker.first(1)) as [News];
    const here = holder.store.get(1) as Float64Array;
    here[5] = 42;
    expect((arrived as Float64Array)[5]).toBe(42);
    expect(here.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("are copied between processes", async () => {
    const { asker, holder } = two(false);
    const value = new Float64Array(LARGE);
    holder.store.set(1, value);
    asker.data.gather(7, 1, false);
    asker.data.send();
    await asker.first(1);
    expect(holder.store.get(1)).toBe(value);
    expect(value.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it("may be missing, at the holder or with it", async () => {
    const { asker } = two();
    asker.data.gather(7, 1, false);
    asker.data.gather(9, 2, false);
    asker.data.send();
    expect([...(await asker.first(2))].sort()).toEqual([
      ["missing", 1],
      ["missing", 2],
    ]);
  });
});

describe("values that are on disk", () => {
  /** Three large values at the holder; the first two are on disk. */
  function spilled() {
    const directory = temporary();
    const { asker, holder } = two(true, directory);
    for (const attempt of [1, 2, 3]) holder.store.set(attempt, new Uint8Array(LARGE).fill(attempt));
    holder.store.makeRoom();
    const files = () => [0, 1].map((worker) => filesBelow(filesIn(directory, worker)).sort());
    return { asker, holder, directory, files };
  }

  it("are read there by who asks for them", async () => {
    const { asker, holder, files } = spilled();
    expect(files()).toEqual([["1", "2"], []]);
    asker.data.gather(7, 1, false);
    asker.data.send();
    const [[, attempt, value, bytes]] = (await asker.first(1)) as [News];
    expect([attempt, (value as Uint8Array)[5]]).toEqual([1, 1]);
    expect(bytes).toBeGreaterThan(LARGE);
    expect(files()).toEqual([["1", "2"], ["1"]]);
    expect(holder.store.news()).toMatchObject({ read: undefined });
    asker.store.delete(1);
    holder.store.take([1]);
    expect((holder.store.get(1) as Uint8Array).at(-1)).toBe(1);
  });

  it("are given away as they are to who needs them last", async () => {
    const { asker, holder, files } = spilled();
    asker.data.gather(7, 2, true);
    asker.data.send();
    const [[, , value]] = (await asker.first(1)) as [News];
    expect((value as Uint8Array)[5]).toBe(2);
    expect([holder.store.has(2), holder.news]).toEqual([false, [["given", 2]]]);
    expect(files()).toEqual([["1"], ["2"]]);
  });

  it("are copied if another value has the file, too", async () => {
    const { asker, holder, files } = spilled();
    holder.store.share(1, 9);
    asker.data.gather(7, 1, true);
    asker.data.send();
    await asker.first(1);
    expect([holder.store.has(1), holder.store.has(9)]).toEqual([false, true]);
    expect(files()).toEqual([["1", "2"], ["1"]]);
  });

  it("are missing if their files are", async () => {
    const { asker, directory } = spilled();
    rmSync(filesIn(directory), { recursive: true });
    asker.data.gather(7, 1, false);
    asker.data.send();
    expect(await asker.first(1)).toEqual([["missing", 1]]);
  });

  it("have been in memory that threads share, and are put on disk by both", async () => {
    const { asker, holder, files } = spilled();
    for (const attempt of [1, 2]) holder.store.delete(attempt);
    holder.store.set(4, new SharedArrayBuffer(LARGE));
    for (const attempt of [3, 4]) asker.data.gather(7, attempt, false);
    asker.data.send();
    await asker.first(2);
    expect((holder.store.get(3) as Uint8Array).buffer).toBeInstanceOf(SharedArrayBuffer);
    for (const { store } of [asker, holder]) store.makeRoom();
    // The other one is the user's: what one of them writes there the others are to see.
    expect(files()).toEqual([["3"], ["3"]]);
    new Uint8Array(holder.store.get(4) as SharedArrayBuffer)[7] = 42;
    expect(new Uint8Array(asker.store.get(4) as SharedArrayBuffer)[7]).toBe(42);
  });
});

describe("a holder", () => {
  it("that dies is lost to those who have asked it", async () => {
    const { asker, holder } = two();
    holder.store.set(1, "a");
    asker.data.gather(7, 1, false);
    asker.opened[0]!.close();
    expect(await asker.first(1)).toEqual([["lost", 7]]);
  });

  it("that the controller says is dead is asked no more", async () => {
    const { asker, holder } = two();
    holder.store.set(1, "a");
    asker.data.gather(7, 1, false);
    asker.data.lost(7);
    asker.data.gather(7, 2, false);
    asker.data.send();
    expect(await asker.first(2)).toEqual([
      ["lost", 7],
      ["missing", 2],
    ]);
  });
});
