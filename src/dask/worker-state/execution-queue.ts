import { compare, type Prioritised, PriorityQueue } from "./priority-queue.ts";

/** What can begin as soon as there is room for it. */
export interface Runnable extends Prioritised {
  /** Amounts it needs by resource; does not change while it is in the queue. */
  readonly resources: ReadonlyMap<string, number>;
  /** What it has taken, from its beginning to its end. */
  held: ReadonlyMap<string, number> | undefined;
}

/** Tasks that need the same. */
interface Kind<T extends Runnable> {
  readonly name: string;
  readonly resources: ReadonlyMap<string, number>;
  readonly queue: PriorityQueue<T>;
}

/** What there is of a resource. */
interface Supply {
  readonly total: number;
  available: number;
  users: number;
}

const NONE: Supply = { total: 0, available: 0, users: 0 };

/**
 * Tasks whose inputs are here, by what they need: the first of those for which there are resources
 * is next, so that tasks that wait for one resource are not in the way of those that need another.
 */
export class ExecutionQueue<T extends Runnable> {
  /** By name; those that have no task are not there. */
  readonly #kinds = new Map<string, Kind<T>>();
  readonly #supplies: ReadonlyMap<string, Supply>;

  constructor(resources: ReadonlyMap<string, number>) {
    this.#supplies = new Map(
      [...resources].map(([name, total]) => [name, { total, available: total, users: 0 }]),
    );
  }

  has(task: T): boolean {
    return this.#kinds.get(nameOf(task.resources))?.queue.has(task) ?? false;
  }

  /** Every task, in no order. */
  *tasks(): Iterable<T> {
    for (const { queue } of this.#kinds.values()) yield* queue.items();
  }

  add(task: T): void {
    const { resources } = task;
    const name = nameOf(resources);
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = { name, resources, queue: new PriorityQueue() };
      this.#kinds.set(name, kind);
    }
    kind.queue.add(task);
  }

  delete(task: T): void {
    const kind = this.#kinds.get(nameOf(task.resources));
    if (kind !== undefined) this.#remove(kind, task);
  }

  /** Takes out the task to begin next, with its resources. */
  take(): T | undefined {
    let best: Kind<T> | undefined;
    for (const kind of this.#kinds.values()) {
      if (best !== undefined && compare(best.queue.first!, kind.queue.first!) < 0) continue;
      if (this.#hasRoomFor(kind)) best = kind;
    }
    if (best === undefined) return undefined;
    const task = best.queue.first!;
    this.#remove(best, task);
    task.held = task.resources;
    for (const [name, amount] of task.held) {
      const supply = this.#supplies.get(name);
      if (supply === undefined) continue;
      supply.available -= amount;
      supply.users++;
    }
    return task;
  }

  /** The task has ended: what it has taken is free again. */
  giveBack(task: T): void {
    for (const [name, amount] of task.held ?? []) {
      const supply = this.#supplies.get(name);
      if (supply === undefined) continue;
      // Fractions do not add up exactly: what nobody uses is there in full.
      supply.available = --supply.users === 0 ? supply.total : supply.available + amount;
    }
    task.held = undefined;
  }

  /** What is left of a resource. */
  available(name: string): number {
    return (this.#supplies.get(name) ?? NONE).available;
  }

  #hasRoomFor({ resources }: Kind<T>): boolean {
    for (const [name, amount] of resources) if (amount > this.available(name)) return false;
    return true;
  }

  #remove(kind: Kind<T>, task: T): void {
    kind.queue.delete(task);
    if (kind.queue.size === 0) this.#kinds.delete(kind.name);
  }
}

/** The same for the same amounts, in whatever order they are given. */
function nameOf(resources: ReadonlyMap<string, number>): string {
  return resources.size === 0 ? "" : JSON.stringify([...resources].sort(([a], [b]) => (a < b ? -1 : 1)));
}
