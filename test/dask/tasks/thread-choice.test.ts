import { describe, expect, it } from "vitest";
import { chosen, isUneven, takenBackForIdle } from "../../../src/dask/tasks/thread-choice.ts";
import type { OpenOrder, ThreadLink } from "../../../src/dask/tasks/thread-link.ts";

/** A thread with so many orders, which has begun the first of them, and so many bytes of all inputs. */
function link(orders: number, bytes = 0, hasRoom = true): ThreadLink {
  const sent = new Map(Array.from({ length: orders }, (_, i) => [i, { number: i } as OpenOrder]));
  const takeBack = ({ number }: OpenOrder): boolean => number > 0 && sent.delete(number);
  return { sent, hasRoom, bytesHere: () => bytes, takeBack } as unknown as ThreadLink;
}

describe("the thread for an order", () => {
  it("is one with few orders, and among those one that has the inputs", () => {
    const links = [link(5, 100), link(0, 10), link(0, 20), link(0)];
    expect(chosen(links, [])).toBe(links[2]);
    const busy = [link(100), link(110, 5), link(200, 1000)];
    expect(chosen(busy, [])).toBe(busy[1]);
    const same = [link(2), link(1), link(3)];
    expect(chosen(same, [])).toBe(same[1]);
  });

  it("is none that is full, or gone", () => {
    const links = [undefined, link(9, 0, false), link(20)];
    expect(chosen(links, [])).toBe(links[2]);
    expect(chosen([undefined, link(1, 0, false)], [])).toBeUndefined();
  });
});

describe("threads that have nothing to do", () => {
  it("take over half of what another one has not begun", () => {
    const links = [link(11), link(0), undefined, link(3)];
    expect(isUneven(links)).toBe(true);
    expect(takenBackForIdle(links).map(({ number }) => number)).toEqual([6, 7, 8, 9, 10]);
    expect(links[0]!.sent.size).toBe(6);
  });

  it("are no reason if nobody waits", () => {
    for (const links of [
      [link(1), link(0)],
      [link(5), link(2)],
      [link(5), link(0, 0, false)],
    ]) {
      expect(isUneven(links)).toBe(false);
    }
    expect(takenBackForIdle([link(1), link(0)])).toEqual([]);
  });
});
