import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IntList } from "../src/int-list.ts";

describe("IntList", () => {
  it("is empty at first", () => {
    const list = new IntList();
    expect(list.length).toBe(0);
    expect([...list.view()]).toEqual([]);
  });

  it("keeps everything while it grows", () => {
    const list = new IntList(1);
    for (let i = 0; i < 1000; i++) list.push(i * 3);
    expect(list.length).toBe(1000);
    expect([...list.view()]).toEqual(Array.from({ length: 1000 }, (_, i) => i * 3));
  });

  it("grows from nothing", () => {
    const list = new IntList(0);
    list.push(7);
    list.push(8);
    expect([...list.view()]).toEqual([7, 8]);
  });

  it("holds the whole range of 32-bit integers", () => {
    const list = new IntList();
    list.push(-(2 ** 31));
    list.push(2 ** 31 - 1);
    expect([list.at(0), list.at(1)]).toEqual([-(2 ** 31), 2 ** 31 - 1]);
  });

  it("shows its items without copying them", () => {
    const list = new IntList();
    list.push(1);
    const view = list.view();
    list.set(0, 5);
    expect(view[0]).toBe(5);
  });

  it("behaves as an array does", () => {
    const operation = fc.oneof(
      { weight: 4, arbitrary: fc.record({ op: fc.constant("push" as const), item: fc.integer() }) },
      { weight: 2, arbitrary: fc.record({ op: fc.constant("pop" as const) }) },
      {
        weight: 2,
        arbitrary: fc.record({ op: fc.constant("set" as const), at: fc.nat(100), item: fc.integer() }),
      },
      { weight: 1, arbitrary: fc.record({ op: fc.constant("clear" as const) }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(operation), (capacity, operations) => {
        const list = new IntList(capacity);
        const model: number[] = [];
        for (const one of operations) {
          if (one.op === "push") {
            list.push(one.item);
            model.push(one.item);
          } else if (one.op === "clear") {
            list.clear();
            model.length = 0;
          } else if (model.length === 0) {
            // The list must not be empty for the others.
          } else if (one.op === "pop") {
            expect(list.pop()).toBe(model.pop());
          } else {
            list.set(one.at % model.length, one.item);
            model[one.at % model.length] = one.item;
          }
          expect([...list.view()]).toEqual(model);
          expect(list.length).toBe(model.length);
        }
      }),
    );
  });
});
