import { EXECUTING, FLYING, GONE, HERE, ITEM_STATE_NAMES, type Item, READY, WAITING } from "./item.ts";
import type { Order } from "./messages.ts";
import type { WorkerState } from "./state.ts";

/**
 * Checks every invariant of a worker against a fresh count. Slow; for tests, after each event.
 * @throws Error naming the attempt and what is wrong
 */
export function validate<O extends Order>(worker: WorkerState<O>): void {
  const { items } = worker;
  let executing = 0;
  let orders = 0;
  let flights = 0;
  for (const [attempt, item] of items) {
    if (item.state === EXECUTING) executing++;
    if (item.order !== undefined) orders++;
    if (item.flight !== undefined) flights++;
    const wrong = faultOf(items, attempt, item);
    if (wrong !== undefined) {
      throw new Error(`attempt ${attempt} is ${ITEM_STATE_NAMES[item.state]}, and ${wrong}`);
    }
  }
  if (worker.executing !== executing) {
    throw new Error(`${executing} tasks run, counted as ${worker.executing}`);
  }
  if (worker.isIdle !== (orders + flights === 0)) {
    throw new Error(`isIdle is ${worker.isIdle}, with ${orders} orders and ${flights} values on their way`);
  }
}

/** What is wrong with an order or a value. */
function faultOf<O extends Order>(
  items: ReadonlyMap<number, Item<O>>,
  attempt: number,
  item: Item<O>,
): string | undefined {
  const { state, order, flight, waiters, missing } = item;
  if (state === GONE) return "known";
  if (item.attempt !== attempt) return `calls itself ${item.attempt}`;
  const isOrder = state === WAITING || state === READY || state === EXECUTING;
  if ((order !== undefined) !== isOrder)
    return `its order is ${order === undefined ? "gone" : "still there"}`;
  if ((flight !== undefined) !== (state === FLYING)) {
    return `its flight is ${flight === undefined ? "gone" : "still there"}`;
  }
  if (waiters?.length === 0 || (waiters !== undefined && state === HERE)) {
    return `it has ${waiters.length} waiters`;
  }
  for (const waiter of waiters ?? []) {
    if (items.get(waiter.attempt) !== waiter) return `the unknown ${waiter.attempt} waits for it`;
    if (waiter.state !== WAITING) {
      return `${waiter.attempt} waits for it and is ${ITEM_STATE_NAMES[waiter.state]}`;
    }
  }
  if (state !== WAITING) return undefined;
  const attempts = new Set(order!.inputs.map((input) => input.attempt));
  const awaited = [...attempts].filter((one) => items.get(one)?.waiters?.includes(item)).length;
  return missing > 0 && missing === awaited ? undefined : `misses ${missing} values and waits for ${awaited}`;
}
