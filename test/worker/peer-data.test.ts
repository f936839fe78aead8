import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import type { Comm } from "../../src/comm/comm.ts";
import type { Peers } from "../../src/spawn/spawn.ts";
import { PeerData } from "../../src/worker/peer-data.ts";
import { FULL_MESSAGE } from "../../src/worker/protocol.ts";
import { Store } from "../../src/worker/store.ts";
import { channel, closesChannels } from "../support/channel.ts";

closesChannels();

type News = readonly ["value" | "missing" | "lost" | "given", number, ...unknown[]];

/** A worker's values, and its news in their order. */
class Side {
  readonly store = new Store();
  readonly news: News[] = [];
  /** Values that its tasks use. */
  readonly inUse = new Set<number>();
  /** Channels that it has opened. */
  readonly opened: Comm[] = [];
  readonly data: PeerData;
  #told: (() => void) | undefined;

  constructor(name: string, others: Map<string, Peers>, sharesMemory: boolean) {
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
      library: new Library(name),
      store: this.store,
      sharesMemory,
      onValue: (attempt, value, bytes) => tell("value", attempt, value, bytes),
      onMissing: (attempt) => tell("missing", attempt),
      onLost: (index) => tell("lost", index),
      isInUse: (attempt) => this.inUse.has(attempt),
      onGiven: (attempt) => tell("given", attempt),
    });
  }

  /** The first news. */
  async first(count: number): Promise<readonly News[]> {
    while (this.news.length < count) await new Promise<void>((resolve) => (this.#told = resolve));
    return this.news.slice(0, count);
  }
}

function two(sharesMemory = true): { asker: Side; holder: Side } {
  const others = new Map<string, Peers>();
  const holder = new Side("holder", others, sharesMemory);
  const asker = new Side("asker", others, sharesMemory);
  asker.data.add({ index: 7, id: "holder", address: undefined });
  return { asker, holder };
}

const LARGE = 100_000;

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
    holder.inUse.add(1);
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
