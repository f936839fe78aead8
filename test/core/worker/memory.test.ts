import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryUse } from "../../../src/core/worker/memory.ts";

const NONE = { all: Infinity, objects: Infinity };
const block = (byteLength: number) => ({ byteLength });

/** Lets values leave until all others may stay. */
function leaving(memory: MemoryUse<{ byteLength: number }>, coming?: number): number[] {
  const gone: number[] = [];
  for (let next = memory.excess(coming); next !== undefined; next = memory.excess(coming)) {
    memory.removed(next);
    gone.push(next);
  }
  return gone;
}

describe("the memory of a worker", () => {
  test("may be as full as its limit, and not more", () => {
    const memory = new MemoryUse({ all: 30, objects: Infinity });
    for (const attempt of [1, 2, 3]) memory.added(attempt, 10, [], true);
    expect([memory.held, memory.excess()]).toEqual([30, undefined]);
    memory.added(4, 1, [], true);
    expect(memory.excess()).toBe(1);
    expect([leaving(memory), memory.held, memory.freed]).toEqual([[1], 21, 10]);
  });

  test("has room for what is to come", () => {
    const memory = new MemoryUse({ all: 30, objects: Infinity });
    for (const attempt of [1, 2, 3]) memory.added(attempt, 10, [], true);
    expect(memory.excess(0)).toBe(undefined);
    expect(leaving(memory, 11)).toEqual([1, 2]);
    expect(leaving(memory, 1000)).toEqual([3]);
  });

  test("is left first by what was used least recently", () => {
    const memory = new MemoryUse({ all: 0, objects: Infinity });
    for (const attempt of [1, 2, 3, 4]) memory.added(attempt, 10, [], true);
    for (const attempt of [2, 1]) {
      memory.taken(attempt);
      memory.left(attempt);
    }
    expect(leaving(memory)).toEqual([3, 4, 2, 1]);
  });

  test("is not left by what tasks have, nor by what can be nowhere else", () => {
    const memory = new MemoryUse({ all: 0, objects: Infinity });
    for (const attempt of [1, 2, 3]) memory.added(attempt, 10, [], attempt !== 2);
    memory.taken(1);
    memory.taken(1);
    memory.stays(3);
    expect(leaving(memory)).toEqual([]);
    memory.left(1);
    expect(leaving(memory)).toEqual([]);
    memory.left(1);
    expect(leaving(memory)).toEqual([1]);
    memory.taken(2);
    memory.left(2);
    expect([leaving(memory), memory.held]).toEqual([[], 20]);
  });

  test("keeps what takes the place of a value that a task has", () => {
    const memory = new MemoryUse({ all: 0, objects: Infinity });
    memory.added(1, 5, [], true);
    memory.taken(1);
    memory.added(1, 10, [], true);
    expect(memory.excess()).toBe(undefined);
    memory.left(1);
    expect(memory.excess()).toBe(1);
  });

  test("has blocks once, however many values they are part of", () => {
    const memory = new MemoryUse<{ byteLength: number }>(NONE);
    const shared = block(100);
    memory.added(1, 5, [shared], true);
    memory.added(2, 5, [shared, block(50)], true);
    expect([memory.held, memory.isAlone(1), memory.isAlone(2)]).toEqual([160, false, false]);
    memory.removed(1);
    expect([memory.held, memory.freed, memory.isAlone(2)]).toEqual([155, 5, true]);
    // Handed over: it shows no bytes any more.
    shared.byteLength = 0;
    memory.removed(2);
    expect([memory.held, memory.freed, memory.size]).toEqual([0, 160, 0]);
  });

  test("says whether somebody else has a value's blocks", () => {
    const memory = new MemoryUse<{ byteLength: number }>(NONE);
    memory.added(1, 0, [block(5)], true);
    expect([memory.isAlone(1), memory.isAlone(9)]).toEqual([true, true]);
    memory.taken(1);
    expect(memory.isAlone(1)).toBe(false);
  });

  test("has a limit of its own for what is no block", () => {
    const memory = new MemoryUse<{ byteLength: number }>({ all: 1000, objects: 20 });
    memory.added(1, 10, [block(500)], true);
    memory.added(2, 10, [], true);
    expect(memory.excess()).toBe(undefined);
    memory.added(3, 1, [], true);
    expect(leaving(memory)).toEqual([1]);
  });

  test("counts right whatever happens", () => {
    const step = fc.tuple(
      fc.constantFrom("added", "removed", "taken", "left", "stays", "excess"),
      fc.integer({ min: 1, max: 6 }),
      fc.nat(50),
      fc.subarray([0, 1, 2]),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const blocks = [block(7), block(20), block(31)];
        const memory = new MemoryUse<{ byteLength: number }>({ all: 60, objects: 40 });
        const values = new Map<number, { own: number; blocks: number[]; stays: boolean }>();
        const users = new Map<number, number>();
        for (const [what, attempt, own, having] of steps) {
          if (what === "added") {
            memory.added(
              attempt,
              own,
              having.map((i) => blocks[i]!),
              true,
            );
            values.set(attempt, { own, blocks: having, stays: false });
          } else if (what === "removed") {
            memory.removed(attempt);
            values.delete(attempt);
            users.delete(attempt);
          } else if (what === "taken") {
            memory.taken(attempt);
            if (values.has(attempt)) users.set(attempt, (users.get(attempt) ?? 0) + 1);
          } else if (what === "left") {
            memory.left(attempt);
            users.set(attempt, Math.max(0, (users.get(attempt) ?? 0) - 1));
          } else if (what === "stays") {
            memory.stays(attempt);
            const value = values.get(attempt);
            if (value !== undefined) value.stays = true;
          } else {
            for (const gone of leaving(memory)) {
              expect([values.get(gone)?.stays, users.get(gone) ?? 0]).toEqual([false, 0]);
              values.delete(gone);
            }
            const canLeave = [...values].some(([one, { stays }]) => !stays && (users.get(one) ?? 0) === 0);
            if (canLeave) expect(memory.held).toBeLessThanOrEqual(60);
          }
          const used = new Set([...values.values()].flatMap((value) => value.blocks));
          const expected = [...values.values()].reduce((sum, value) => sum + value.own, 0);
          expect(memory.held).toBe([...used].reduce((sum, i) => sum + blocks[i]!.byteLength, expected));
          expect(memory.size).toBe(values.size);
        }
      }),
    );
  });
});
