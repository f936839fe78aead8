import { describe, expect, it } from "vitest";
import { HOLE } from "../../src/executors/travel.ts";
import { ONE_LIST, refsOf } from "../../src/task.ts";
import { argumentsOf, isData, isEncoded, OrderReader } from "../../src/worker/order.ts";
import {
  ALL_INPUTS,
  COMPUTE,
  ENCODED_PAIR,
  ENCODED_RESULT,
  FREE,
  LIST_OF_INPUTS,
  LISTED,
  type Orders,
  PLAIN_PAIR,
  PLAIN_RESULT,
  WANTED,
  WATCHED,
} from "../../src/worker/protocol.ts";

/** A reader of the message as it arrives. */
function reader(rows: readonly number[], values: readonly unknown[] = []): OrderReader {
  const rest = { definitions: [], functions: [], labels: [], peers: [], forgotten: [] };
  const message: Orders = { rows: Int32Array.from(rows), values, hole: HOLE, ...rest };
  return new OrderReader(structuredClone(message));
}

/** task 1, attempt 2, ticket 3, function 4, label 5, run 6, number 7 */
const head = [1, 2, 3, 4, 5, 6, 7];

describe("an order", () => {
  it("has all that its row says", () => {
    const inputs = [10, 11, 1, 2, 0, 3, 20, 21, 0, 0];
    const rows = reader([COMPUTE, ...head, WANTED, ALL_INPUTS, 0, 2, 1, ...inputs, FREE, 8]);
    expect(rows.number()).toBe(COMPUTE);
    expect(rows.order()).toMatchObject({
      ...{ task: 1, attempt: 2, ticket: 3, fn: 4, label: 5, run: 6, number: 7 },
      ...{ isWanted: true, isWatched: false, argumentInputs: 1 },
      inputs: [
        { task: 10, attempt: 11, last: true, holders: [0, 3] },
        { task: 20, attempt: 21, last: false, holders: [] },
      ],
    });
    expect([rows.number(), rows.number(), rows.isAtEnd]).toEqual([FREE, 8, true]);
  });

  it("may be watched", () => {
    const { isWanted, isWatched } = reader([...head, WATCHED, ALL_INPUTS, 0, 0, 0]).order();
    expect([isWanted, isWatched]).toEqual([false, true]);
  });
});

describe("the arguments of an order", () => {
  it("are its inputs, or one list of them", () => {
    const forms = [ALL_INPUTS, LIST_OF_INPUTS];
    const orders = forms.map((form) => reader([...head, 0, form, 0, 0, 0]).order());
    expect(orders.map((order) => argumentsOf(order, order.args))).toEqual([undefined, []]);
    expect(orders[1]!.args).toBe(ONE_LIST);
  });

  it("are listed for one order after another", () => {
    const rows = [...head, 0, LISTED, 2, 0, 0, ...head, 0, LISTED, 1, 0, 0];
    const orders = reader(rows, ["a", HOLE, "b"]);
    const [first, second] = [orders.order(), orders.order()];
    expect(argumentsOf(first, first.args)).toEqual(["a", expect.anything()]);
    expect(refsOf(argumentsOf(first, first.args)!)).toHaveLength(1);
    expect(argumentsOf(second, second.args)).toEqual(["b"]);
  });

  it("come as a pair with their hole, if need be encoded", () => {
    const [plain, encoded] = [PLAIN_PAIR, ENCODED_PAIR].map((form) =>
      reader([...head, 0, form, 1, 0, 0], [[[[HOLE]], HOLE]]).order(),
    );
    expect([isEncoded(plain!), isEncoded(encoded!)]).toEqual([false, true]);
    for (const order of [plain!, encoded!]) expect(refsOf(argumentsOf(order, order.args)!)).toHaveLength(1);
  });

  it("are no arguments but the result itself", () => {
    const forms = [PLAIN_RESULT, ENCODED_RESULT, PLAIN_PAIR];
    const orders = forms.map((form) => reader([...head, 0, form, 1, 0, 0], [1]).order());
    expect(orders.map(isData)).toEqual([true, true, false]);
    expect(orders.map(isEncoded)).toEqual([false, true, false]);
  });
});
