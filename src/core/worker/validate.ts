import { EXECUTING, FLYING, GONE, HERE, ITEM_STATE_NAMES, type Item, READY, WAITING } from "./item.ts";
import type { Order } from "./messages.ts";
import type { WorkerState } from "./state.ts";

/**
 * Checks every invariant of a worker against a fresh count. Slow; for tests, after each event.
 * @throws Error naming the attempt and what is wrong
 */
export function validate<O extends Order>(worker: WorkerState<O>): void {
  const { items } = worker;
  const counts = ITEM_STATE_NAMES.map(() => 0);
  for (const [attempt, item] of items) {
    counts[item.state]!++;
    checkItem(worker, attempt, item);
  }
  const orders = counts[WAITING]! + counts[READY]! + counts[EXECUTING]!;
  if (worker.executing !== counts[EXECUTING]) {
    throw new Error(`${counts[EXECUTING]} tasks run, counted as ${worker.executing}`);
  }
  if (worker.isIdle !== (orders + counts[FLYING]! === 0)) {
    throw new Error(
      `isIdle is ${worker.isIdle}, with ${orders} orders and ${counts[FLYING]} values on their way`,
    );
  }
}

function checkItem<O extends Order>({ items }: WorkerState<O>, attempt: number, item: Item<O>): void {
  const { state, order, flight, waiters, missing } = item;
  const check = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`attempt ${attempt} is ${ITEM_STATE_NAMES[state]}, and ${what}`);
  };
  check(state !== GONE, "known");
  check(item.attempt === attempt, `calls itself ${item.attempt}`);
  const isOrder = state === WAITING || state === READY || state === EXECUTING;
  check((order !== undefined) === isOrder, `its order is ${order === undefined ? "gone" : "still there"}`);
  check(
    (flight !== undefined) === (state === FLYING),
    `its flight is ${flight === undefined ? "gone" : "still there"}`,
  );
  check(waiters === undefined || (waiters.length > 0 && state !== HERE), `it has ${waiters?.length} waiters`);
  for (const waiter of waiters ?? []) {
    check(items.get(waiter.attempt) === waiter, `the unknown ${waiter.attempt} waits for it`);
    check(
      waiter.state === WAITING,
      `${waiter.attempt} waits for it and is ${ITEM_STATE_NAMES[waiter.state]}`,
    );
  }
  if (state === WAITING) {
    const attempts = new Set(order!.inputs.map((input) => input.attempt));
    const awaited = [...attempts].filter((one) => items.get(one)?.waiters?.includes(item)).length;
    check(missing > 0 && missing === awaited, `misses ${missing} values and waits for ${awaited}`);
  }
}
