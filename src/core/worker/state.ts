/**
 * The worker: a state machine without I/O, clock or chance. It holds names, never values.
 *
 * Theory of operation
 * -------------------
 * An order says which attempt at which task to make, and where its inputs are. Inputs that are
 * here are used; those that an earlier order is to make here are waited for; others are gathered
 * from their holders, each value once however many orders need it. Orders whose inputs are all
 * here are ready, and `next` gives them in the order of their arrival: the scheduler sends them
 * in the static order, in which results die young.
 *
 * Orders and values have the same names, and one map has them all: an order becomes the value
 * that it makes, a value on its way becomes one that is here.
 *
 * Every order ends in exactly one report, by the host (`finished`, `failed`) or by an instruction
 * (`task-released`, `missing-data`). An order whose input will not be made here after all
 * (the order for it failed, was cancelled or handed back) is handed back itself: the scheduler
 * knows better what to do with it.
 *
 * Messages from one sender arrive in the order in which they were sent; nothing is assumed about
 * those of different senders.
 */

import { ArrivalQueue } from "./arrival-queue.ts";
import { EXECUTING, FLYING, GONE, HERE, type Item, READY, WAITING } from "./item.ts";
import type { Input, Order, WorkerInstruction } from "./messages.ts";

export class WorkerState<O extends Order> {
  /** To be taken out and obeyed by the host after each event. */
  readonly instructions: WorkerInstruction<O>[] = [];
  /** @internal for checks: orders and values by attempt */
  readonly items: Map<number, Item<O>> = new Map();
  readonly #index: number;
  readonly #concurrency: number;
  readonly #ready = new ArrivalQueue<Item<O>>();
  #arrivals = 0;
  #orders = 0;
  #flights = 0;
  #executing = 0;

  /**
   * @param index this worker's own index
   * @param concurrency how many tasks may run at once
   */
  constructor(index: number, concurrency: number) {
    this.#index = index;
    this.#concurrency = concurrency;
  }

  // ---------------------------------------------------------------- questions

  /** True if nothing is under way or on its way. */
  get isIdle(): boolean {
    return this.#orders === 0 && this.#flights === 0;
  }

  /** How many tasks run. */
  get executing(): number {
    return this.#executing;
  }

  /** Whether the value that this attempt made is here. */
  holds(attempt: number): boolean {
    return this.items.get(attempt)?.state === HERE;
  }

  // ---------------------------------------------------------------- events of the scheduler

  compute(order: O): void {
    const item: Item<O> = {
      attempt: order.attempt,
      state: WAITING,
      order,
      arrival: this.#arrivals++,
      missing: 0,
      waiters: undefined,
      flight: undefined,
    };
    this.#orders++;
    this.items.set(order.attempt, item);
    for (const input of order.inputs) if (!this.#await(item, input)) return;
    if (item.missing === 0) this.#makeReady(item);
  }

  /** The attempt is not wanted any more. */
  cancel(attempt: number): void {
    const item = this.items.get(attempt);
    // If not, its report is under way already.
    if (item?.order === undefined) return;
    if (item.state === EXECUTING) this.instructions.push({ op: "abort", order: item.order });
    this.#handBack(item, item.order);
  }

  /** The value is not needed any more. */
  free(attempt: number): void {
    if (this.gaveAway(attempt)) this.instructions.push({ op: "free-key", attempt });
  }

  /** The scheduler's host has brought a value of its own, which it brings to all that need it. */
  put(attempt: number): void {
    if (!this.items.has(attempt)) this.#hold(attempt);
  }

  /**
   * A value that is here is to be known under the name of another attempt, too.
   * @returns false if it is not here
   */
  share(attempt: number, of: number): boolean {
    if (!this.holds(of) || this.items.has(attempt)) return false;
    this.#hold(attempt);
    return true;
  }

  // ---------------------------------------------------------------- events of other workers

  /** A value that was gathered is here. */
  received(attempt: number): void {
    const item = this.items.get(attempt);
    if (item?.flight === undefined) return;
    const { task, holder, take } = item.flight;
    item.flight = undefined;
    this.#flights--;
    this.instructions.push({ op: "add-keys", task, attempt, from: take ? holder : undefined });
    this.#settle(item);
  }

  /** The worker that was asked does not have the value, or cannot be reached. */
  notFound(attempt: number): void {
    const item = this.items.get(attempt);
    if (item?.flight === undefined) return;
    const { task, holder, others } = item.flight;
    const [next, ...rest] = others;
    const { waiters } = item;
    if (next !== undefined && waiters !== undefined) {
      item.flight = { task, holder: next, others: rest, take: false };
      this.instructions.push({ op: "gather", holder: next, task, attempt, take: false });
      return;
    }
    this.#flights--;
    this.#drop(item);
    if (waiters === undefined) return;
    item.waiters = undefined;
    for (const waiter of waiters)
      if (waiter.order !== undefined) this.#miss(waiter, waiter.order, attempt, holder);
  }

  /** Whoever was asked at this worker will not answer: nothing that it sent is to arrive later. */
  peerLost(holder: number): void {
    const asked = [...this.items.values()].filter(({ flight }) => flight?.holder === holder);
    for (const { attempt } of asked) this.notFound(attempt);
  }

  /**
   * Another worker has taken a value over.
   * @returns false if it was not here
   */
  gaveAway(attempt: number): boolean {
    const item = this.items.get(attempt);
    if (item?.state !== HERE) return false;
    this.#drop(item);
    return true;
  }

  // ---------------------------------------------------------------- running

  /** The order to begin now, if there is room for it and one is ready. */
  next(): O | undefined {
    while (this.#executing < this.#concurrency) {
      const item = this.#ready.shift();
      if (item === undefined) return undefined;
      const { order } = item;
      // Cancelled or handed back since it was ready.
      if (order === undefined) continue;
      const lost = order.inputs.find(({ attempt }) => !this.holds(attempt));
      if (lost === undefined) {
        item.state = EXECUTING;
        this.#executing++;
        return order;
      }
      // A value was given away or freed after it had come.
      this.#miss(item, order, lost.attempt, this.#index);
    }
    return undefined;
  }

  /**
   * The order has a value, which the host keeps.
   * @returns false if nobody wants it any more: then the host is to drop it, and to report nothing
   */
  finished(order: O): boolean {
    const item = this.items.get(order.attempt);
    if (item === undefined) return false;
    this.#endOrder(item);
    for (const { attempt, last } of order.inputs) if (last) this.free(attempt);
    this.#settle(item);
    return true;
  }

  /**
   * The order's function has failed.
   * @returns false if nobody wants to know any more: then the host is to report nothing
   */
  failed(order: O): boolean {
    const item = this.items.get(order.attempt);
    if (item === undefined) return false;
    this.#giveUp(item, order);
    this.#handBackWaiters(item);
    return true;
  }

  /** An input of an order that is to begin has been lost here, which `gaveAway` has told. */
  inputLost(order: O, attempt: number): void {
    const item = this.items.get(order.attempt);
    if (item !== undefined) this.#miss(item, order, attempt, this.#index);
  }

  /** The order is not to be begun here after all. */
  handBack(order: O): void {
    const item = this.items.get(order.attempt);
    if (item?.order !== undefined) this.#handBack(item, order);
  }

  // ---------------------------------------------------------------- inside

  /** @returns false if the value cannot be had, and the order was handed back */
  #await(item: Item<O>, { task, attempt, last, holders }: Input): boolean {
    let wanted = this.items.get(attempt);
    if (wanted?.state === HERE) return true;
    if (wanted === undefined) {
      const [holder, ...others] = holders.filter((one) => one !== this.#index);
      if (holder === undefined) {
        this.#miss(item, item.order!, attempt, this.#index);
        return false;
      }
      // Of several copies none can be the last.
      const take = last && others.length === 0;
      const flight = { task, holder, others, take };
      wanted = {
        attempt,
        state: FLYING,
        order: undefined,
        arrival: 0,
        missing: 0,
        waiters: undefined,
        flight,
      };
      this.items.set(attempt, wanted);
      this.#flights++;
      this.instructions.push({ op: "gather", holder, task, attempt, take });
    }
    if (wanted.waiters === undefined) wanted.waiters = [item];
    else if (wanted.waiters.at(-1) === item) return true;
    else wanted.waiters.push(item);
    item.missing++;
    return true;
  }

  /** A value is here that nobody has waited for. */
  #hold(attempt: number): void {
    this.items.set(attempt, {
      attempt,
      state: HERE,
      order: undefined,
      arrival: 0,
      missing: 0,
      waiters: undefined,
      flight: undefined,
    });
  }

  /** A value is here: who waits for nothing else is ready. */
  #settle(item: Item<O>): void {
    item.state = HERE;
    const { waiters } = item;
    if (waiters === undefined) return;
    item.waiters = undefined;
    for (const waiter of waiters) if (--waiter.missing === 0) this.#makeReady(waiter);
  }

  #makeReady(item: Item<O>): void {
    item.state = READY;
    this.#ready.add(item);
  }

  /** The order cannot begin, for want of an input. */
  #miss(item: Item<O>, order: O, attempt: number, holder: number): void {
    const input = order.inputs.find((one) => one.attempt === attempt)!;
    this.#giveUp(item, order);
    this.instructions.push({ op: "missing-data", order, input, holder });
    this.#handBackWaiters(item);
  }

  #handBack(item: Item<O>, order: O): void {
    this.#giveUp(item, order);
    this.instructions.push({ op: "task-released", order });
    this.#handBackWaiters(item);
  }

  /** The value will not be made here. */
  #handBackWaiters(item: Item<O>): void {
    const open = [item];
    for (let made = open.pop(); made !== undefined; made = open.pop()) {
      const { waiters } = made;
      if (waiters === undefined) continue;
      made.waiters = undefined;
      for (const waiter of waiters) {
        const { order } = waiter;
        if (order === undefined) continue;
        this.#giveUp(waiter, order);
        this.instructions.push({ op: "task-released", order });
        open.push(waiter);
      }
    }
  }

  /** Lets go of an order that ends without a value. */
  #giveUp(item: Item<O>, order: O): void {
    if (item.state === WAITING) {
      for (const { attempt } of order.inputs) {
        const wanted = this.items.get(attempt);
        if (wanted?.waiters === undefined) continue;
        const others = wanted.waiters.filter((one) => one !== item);
        wanted.waiters = others.length > 0 ? others : undefined;
      }
    }
    this.#endOrder(item);
    this.#drop(item);
  }

  #endOrder(item: Item<O>): void {
    if (item.state === EXECUTING) this.#executing--;
    this.#orders--;
    item.order = undefined;
  }

  #drop(item: Item<O>): void {
    item.state = GONE;
    this.items.delete(item.attempt);
  }
}
