import { expect, test } from "vitest";
import { EXECUTING, HERE, type Item } from "../../../src/core/worker/item.ts";
import type { Order } from "../../../src/core/worker/messages.ts";
import { validate } from "../../../src/core/worker/validate.ts";
import { input, order, TestWorker } from "../../support/worker.ts";

/** Order 1 waits for 9, which is on its way; 5 is here. */
function someWorker(): TestWorker {
  const w = new TestWorker();
  w.make(order(5));
  w.step((core) => core.compute(order(1, input(9, [3]))));
  return w;
}

test.each<[string, string, (items: Map<number, Item<Order>>) => void]>([
  [
    "a miscounted input",
    "attempt 1 is waiting, and misses 2 values and waits for 1",
    (items) => items.get(1)!.missing++,
  ],
  [
    "a lost waiter",
    "attempt 1 is waiting, and misses 1 values and waits for 0",
    (items) => {
      items.get(9)!.waiters = undefined;
    },
  ],
  [
    "a waiter of what is here",
    "attempt 5 is here, and it has 1 waiters",
    (items) => {
      items.get(5)!.waiters = [items.get(1)!];
    },
  ],
  [
    "a waiter that is not known",
    "attempt 9 is flying, and the unknown 1 waits for it",
    (items) => items.delete(1),
  ],
  [
    "a value on its way that is here",
    "attempt 9 is here, and its flight is still there",
    (items) => {
      items.get(9)!.state = HERE;
    },
  ],
  [
    "an order that is over",
    "attempt 1 is waiting, and its order is gone",
    (items) => {
      items.get(1)!.order = undefined;
    },
  ],
  [
    "a task that is not counted",
    "1 tasks run, counted as 0",
    (items) => {
      items.get(1)!.state = EXECUTING;
      items.delete(9);
    },
  ],
  [
    "an order that is not counted",
    "isIdle is false, with 0 orders and 0 values on their way",
    (items) => {
      items.delete(1);
      items.delete(9);
    },
  ],
  [
    "a wrong name",
    "attempt 7 is here, and calls itself 5",
    (items) => {
      items.set(7, items.get(5)!);
      items.delete(5);
    },
  ],
])("finds %s", (_, message, spoil) => {
  const { core } = someWorker();
  validate(core);
  spoil(core.items);
  expect(() => validate(core)).toThrow(new Error(message));
});
