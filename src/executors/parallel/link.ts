import type { Library } from "../../closure/library.ts";
import type { SpawnedWorker } from "../../spawn/spawn.ts";
import type { Placed } from "../run-table.ts";
import { OrderQueue } from "./order-queue.ts";

/** An attempt that a worker has been sent and has not reported. */
export interface Sent {
  readonly task: number;
  readonly attempt: number;
  readonly ticket: number;
  readonly placed: Placed;
  /** True if it takes an input over from another worker: then nobody else finds that there any more. */
  isTaking: boolean;
  /** Bytes of inputs that it brings from other workers. */
  bytes: number;
  /** True once its result is not wanted any more, and the worker was told. */
  isCancelled: boolean;
  /** Why it has failed, whatever the worker says. */
  failure: unknown;
  /** The timer of its limit. */
  limit: unknown;
  /** The timer of the patience with its worker, which does not answer. */
  patience: NodeJS.Timeout | undefined;
}

/** How much work, in milliseconds, a worker is sent ahead of time. */
const AHEAD = 4;
/** At most so many tasks. */
const MOST = 2000;

/** One worker as its executor sees it. */
export class WorkerLink {
  /** The scheduler's index. */
  readonly index: number;
  /** Id for users, which a worker that takes its place has too. */
  readonly name: string;
  readonly place: number;
  readonly worker: SpawnedWorker;
  readonly queue: OrderQueue;
  readonly concurrency: number;
  /** In the order of sending. */
  readonly sent = new Map<number, Sent>();
  /** Milliseconds that its tasks took in all. */
  busy = 0;
  /** Milliseconds that a task took lately; unknown before the first. */
  #pace: number | undefined;
  /** True while it is asked to give tasks back. */
  isMoving = false;
  /** True if it gave none back; until it reports something, it need not be asked again. */
  keepsAll = false;
  /** True when it is to get no more tasks. */
  isLeaving = false;
  /** True once it can take work. */
  isReady = false;
  isGone = false;
  /** True while it uses more memory than it should. */
  isPressed = false;
  /** Bytes of its files of values. */
  bytesSpilled = 0;
  /** Bytes of inputs that what it was sent brings from other workers. */
  bytesComing = 0;

  constructor(
    index: number,
    place: number,
    name: string,
    worker: SpawnedWorker,
    concurrency: number,
    library: Library,
  ) {
    this.index = index;
    this.place = place;
    this.name = name;
    this.worker = worker;
    this.concurrency = concurrency;
    this.queue = new OrderQueue(worker.comm, library);
  }

  /** Takes note of how long tasks took. */
  paced(busy: number, ran: number): void {
    this.keepsAll = false;
    this.busy += busy;
    if (ran === 0) return;
    const pace = busy / ran;
    this.#pace = this.#pace === undefined ? pace : (this.#pace + pace) / 2;
  }

  /** Takes an attempt from what it has been sent; `undefined` if it is not among that any more. */
  settle(attempt: number): Sent | undefined {
    const sent = this.sent.get(attempt);
    if (sent === undefined) return undefined;
    this.sent.delete(attempt);
    this.bytesComing -= sent.bytes;
    return sent;
  }

  /** How many tasks it may have at once: those it runs, and so many more that it need not wait for the next. */
  get window(): number {
    if (this.#pace === undefined) return this.concurrency * 2;
    const ahead = Math.min(MOST, Math.max(1, Math.floor(AHEAD / this.#pace)));
    return this.concurrency + ahead;
  }

  /** How many tasks it runs, as far as is known here. */
  get running(): number {
    let wanted = 0;
    for (const { isCancelled } of this.sent.values()) if (!isCancelled) wanted++;
    return Math.min(wanted, this.concurrency);
  }

  /** About how long the tasks take that it has been sent, in milliseconds. */
  get backlog(): number {
    return this.sent.size * (this.#pace ?? Infinity);
  }
}
