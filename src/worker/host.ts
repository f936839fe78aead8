import type { Library } from "../closure/library.ts";
import type { Comm } from "../comm/comm.ts";
import { asAsyncTask, type ContextSource, enterTask, leaveTask, type TaskContext } from "../context.ts";
import { WorkerState } from "../core/worker/state.ts";
import { ExecutorError } from "../errors.ts";
import { decode } from "../serialize/encode.ts";
import { decodeError } from "../serialize/error.ts";
import type { Peers, WorkerClaims } from "../spawn/spawn.ts";
import { LIBRARY_FUNCTIONS } from "../structure.ts";
import { type AnyFunction, evaluate, isAsyncFunction, isThenable } from "../task.ts";
import { Inbox } from "./inbox.ts";
import { argumentAttempts, argumentsOf, type HostOrder, isData, isEncoded, OrderReader } from "./order.ts";
import { PeerData } from "./peer-data.ts";
import {
  ADDED,
  CANCEL,
  COMPUTE,
  FETCH,
  FREE,
  LOST,
  MISSING,
  type Orders,
  PUT,
  RELEASED,
  SHARE,
  STARTED,
  type WorkerStart,
} from "./protocol.ts";
import { ReportQueue } from "./report.ts";
import { Results } from "./results.ts";
import { type Store, storeOf } from "./store.ts";

/** What a worker is made of. */
export interface WorkerParts {
  readonly start: WorkerStart;
  readonly comm: Comm;
  readonly claims: WorkerClaims;
  readonly peers: Peers;
  readonly library: Library;
}

/** After so many milliseconds of work messages get their turn, and reports leave. */
const SLICE = 1;
/** Functions that take longer, in milliseconds, are not begun before the reports of others have left. */
const LONG = 0.2;

const NO_VALUES: unknown[] = [];

/** Runs the tasks that a controller sends. The same in a thread, in a process, and in the controller itself. */
export class WorkerHost implements ContextSource {
  readonly #start: WorkerStart;
  readonly #claims: WorkerClaims;
  readonly #library: Library;
  readonly #core: WorkerState<HostOrder>;
  readonly #store: Store;
  readonly #reports: ReportQueue;
  readonly #results: Results;
  readonly #peers: PeerData;
  /** Ids of functions, and labels, by the numbers that rows use. */
  readonly #functionIds: string[] = [];
  readonly #functions: (AnyFunction | undefined)[] = [];
  readonly #labels: string[] = [];
  /** How long each function took lately, in milliseconds. */
  readonly #durations: number[] = [];
  /** Tasks that run, by attempt. */
  readonly #running = new Map<number, HostOrder>();
  readonly #signals = new Map<number, AbortController>();
  #positions = new Int32Array(16).map((_, i) => i);
  /** The time at which the last task ended or the first one began. */
  #now = 0;
  #slice: NodeJS.Immediate | undefined;
  #isWorking = false;

  constructor({ start, comm, claims, peers, library }: WorkerParts) {
    this.#start = start;
    this.#claims = claims;
    this.#library = library;
    this.#core = new WorkerState(start.index, start.concurrency);
    this.#store = storeOf(start, library);
    this.#reports = new ReportQueue(comm, library, () => this.#store.news());
    this.#results = new Results({
      core: this.#core,
      store: this.#store,
      reports: this.#reports,
      library,
      sharesMemory: start.sharesMemory,
      labelOf: ({ label }) => this.#labels[label]!,
    });
    this.#peers = new PeerData({
      peers,
      library,
      store: this.#store,
      sharesMemory: start.sharesMemory,
      onValue: (attempt, bytes) => this.#received(attempt, bytes),
      onMissing: (attempt) => {
        this.#core.notFound(attempt);
        this.#goOn();
      },
      onLost: (index) => {
        this.#core.peerLost(index);
        this.#goOn();
      },
      onGiven: (attempt) => this.#core.gaveAway(attempt),
      onUnreadable: (attempt) => this.#results.lost(attempt),
    });
    const inbox = new Inbox<Orders>(library, (message) => this.#read(message));
    comm.onMessage = (message) => {
      const orders = message as Orders;
      for (const { id } of orders.definitions) this.#reports.known.add(id);
      inbox.take(orders);
    };
  }

  contextOf(attempt: number): TaskContext {
    const order = this.#running.get(attempt);
    const label = order === undefined ? "" : this.#labels[order.label]!;
    const signalOf = (): AbortSignal => this.#signalOf(attempt);
    return {
      get signal() {
        return signalOf();
      },
      key: `${order?.run}-${order?.number}`,
      label,
      worker: this.#start.name,
    };
  }

  // ---------------------------------------------------------------- what the controller says

  #read(message: Orders): void {
    for (const { number, text } of message.functions) this.#functionIds[number] = text;
    for (const { number, text } of message.labels) this.#labels[number] = text;
    for (const peer of message.peers) this.#peers.add(peer);
    this.#forget(message.forgotten);
    const reader = new OrderReader(message);
    while (!reader.isAtEnd) {
      switch (reader.number()) {
        case COMPUTE:
          this.#take(reader.order());
          break;
        case CANCEL:
          this.#cancel(reader.number(), reader.value());
          break;
        case FREE:
          this.#core.free(reader.number());
          break;
        case FETCH:
          this.#results.send(reader.number(), reader.number());
          break;
        case LOST:
          this.#peers.lost(reader.number());
          break;
        case PUT:
          this.#results.put(reader.number(), reader.number(), reader.value());
          break;
        case SHARE:
          this.#results.share(reader.number(), reader.number(), reader.number());
          break;
      }
    }
    this.#goOn();
  }

  /** Nothing is fetched, and perhaps taken from others, for what the controller has given to somebody else since. */
  #take(order: HostOrder): void {
    if (order.inputs.length === 0 || !this.#claims.isRevoked(order.ticket)) this.#core.compute(order);
  }

  #forget(numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    this.#library.forget(numbers.map((number) => this.#functionIds[number]!));
    for (const number of numbers) {
      delete this.#functionIds[number];
      delete this.#functions[number];
      delete this.#durations[number];
    }
  }

  #cancel(attempt: number, reason: unknown): void {
    this.#core.cancel(attempt);
    this.#signals.get(attempt)?.abort(decodeError(reason, this.#library));
    this.#signals.delete(attempt);
  }

  // ---------------------------------------------------------------- what other workers say

  #received(attempt: number, bytes: number): void {
    this.#gathered = bytes;
    this.#core.received(attempt);
    // It may not have been awaited any more.
    if (!this.#core.holds(attempt)) this.#store.delete(attempt);
    this.#goOn();
  }

  /** Size of the value that arrived last, as its holder knew it. */
  #gathered = 0;

  // ---------------------------------------------------------------- running

  /** After any event: does what the core says, and goes on with the work. */
  #goOn(): void {
    this.#obey();
    this.#makeRoom();
    if (!this.#isWorking && this.#slice === undefined) this.#work();
  }

  /** Runs what is ready, for a slice of time. */
  #work(): void {
    this.#slice = undefined;
    this.#isWorking = true;
    this.#now = performance.now();
    const end = this.#now + SLICE;
    for (let order = this.#core.next(); order !== undefined; order = this.#core.next()) {
      if (this.#claims.take(order.ticket)) this.#begin(order);
      else this.#core.handBack(order);
      this.#obey();
      this.#makeRoom();
      if (this.#now < end) continue;
      // Others wait for values, and for news.
      this.#slice = setImmediate(() => this.#work());
      break;
    }
    this.#isWorking = false;
    this.#obey();
    this.#reports.flush();
  }

  #begin(order: HostOrder): void {
    const { attempt, fn } = order;
    if (!this.#takeInputs(order)) return;
    if (order.isWatched) this.#reports.add(STARTED, order.task, attempt);
    if (order.isWatched || !((this.#durations[fn] ?? LONG) < LONG)) this.#reports.flush();
    this.#running.set(attempt, order);
    // The end of one task is the beginning of the next.
    order.startedAt = this.#now;
    let outcome: unknown;
    try {
      outcome = this.#call(order);
    } catch (thrown) {
      this.#failed(order, thrown);
      return;
    }
    if (isThenable(outcome)) this.#await(order, outcome);
    else this.#finished(order, outcome);
  }

  /** @returns false if one cannot be had */
  #takeInputs(order: HostOrder): boolean {
    if (order.argumentInputs === 0 || !this.#store.isTracking) return true;
    const lost = this.#store.take(argumentAttempts(order));
    if (lost === undefined) return true;
    this.#results.lost(lost);
    this.#core.inputLost(order, lost);
    return false;
  }

  /** Puts values on disk that are too much for memory, once the news of the worker have left. */
  #makeRoom(): void {
    if (!this.#store.isTracking) return;
    if (this.#store.isFull) this.#reports.flush();
    this.#store.makeRoom();
  }

  #await(order: HostOrder, outcome: PromiseLike<unknown>): void {
    const settle = (end: () => void): void => {
      this.#now = performance.now();
      end();
      this.#goOn();
    };
    Promise.resolve(outcome).then(
      (value) => settle(() => this.#finished(order, value)),
      (reason) => settle(() => this.#failed(order, reason)),
    );
  }

  #call(order: HostOrder): unknown {
    const given = isEncoded(order) ? decode(order.args, false, this.#library) : order.args;
    if (isData(order)) return given;
    const fn = this.#functionOf(order.fn);
    const args = argumentsOf(order, given);
    const { inputs, argumentInputs } = order;
    const values = argumentInputs === 0 ? NO_VALUES : new Array<unknown>(argumentInputs);
    for (let i = 0; i < argumentInputs; i++) values[i] = this.#store.get(inputs[i]!.attempt);
    const positions = this.#positionsFor(argumentInputs);
    if (isAsyncFunction(fn)) return this.#callAsync(order, fn, args, values);
    enterTask(this, order.attempt);
    try {
      return evaluate(fn, args, values, positions, 0, argumentInputs);
    } finally {
      leaveTask();
    }
  }

  /** Apart, where its closure costs only those calls that need it. */
  #callAsync(
    { attempt }: HostOrder,
    fn: AnyFunction,
    args: readonly unknown[] | undefined,
    values: readonly unknown[],
  ): unknown {
    return asAsyncTask(this, attempt, () => evaluate(fn, args, values, this.#positions, 0, values.length));
  }

  #functionOf(number: number): AnyFunction {
    const known = this.#functions[number];
    if (known !== undefined) return known;
    const id = this.#functionIds[number]!;
    const fn = LIBRARY_FUNCTIONS.get(id) ?? this.#library.functionOf(id);
    this.#functions[number] = fn;
    return fn;
  }

  /** 0, 1, 2 … */
  #positionsFor(count: number): Int32Array {
    if (count > this.#positions.length) this.#positions = new Int32Array(count * 2).map((_, i) => i);
    return this.#positions;
  }

  #finished(order: HostOrder, value: unknown): void {
    this.#ended(order);
    this.#results.finished(order, value);
  }

  #failed(order: HostOrder, thrown: unknown): void {
    this.#ended(order);
    this.#results.failed(order, thrown);
  }

  #ended(order: HostOrder): void {
    const { attempt, startedAt, fn } = order;
    this.#running.delete(attempt);
    if (order.argumentInputs > 0 && this.#store.isTracking) this.#store.leave(argumentAttempts(order));
    if (this.#signals.size > 0) this.#signals.delete(attempt);
    this.#now = performance.now();
    const took = this.#now - startedAt;
    this.#reports.busy += took;
    this.#reports.ran++;
    this.#durations[fn] = ((this.#durations[fn] ?? took) + took) / 2;
  }

  #signalOf(attempt: number): AbortSignal {
    const known = this.#signals.get(attempt) ?? new AbortController();
    if (this.#running.has(attempt)) this.#signals.set(attempt, known);
    else known.abort(new ExecutorError("the task is over"));
    return known.signal;
  }

  // ---------------------------------------------------------------- obeying

  #obey(): void {
    const { instructions } = this.#core;
    if (instructions.length === 0) return;
    for (const instruction of instructions) {
      switch (instruction.op) {
        case "gather":
          this.#peers.gather(instruction.holder, instruction.attempt, instruction.take);
          break;
        case "free-key":
          this.#store.delete(instruction.attempt);
          break;
        case "abort":
          // Its signal is told why by `#cancel`.
          this.#running.delete(instruction.order.attempt);
          break;
        case "task-released":
          // The controller ignores it if it has revoked the order.
          this.#reports.add(RELEASED, instruction.order.task, instruction.order.attempt);
          break;
        case "missing-data": {
          const { order, input, holder } = instruction;
          this.#reports.add(MISSING, order.task, order.attempt, input.task, input.attempt, holder);
          break;
        }
        case "add-keys":
          this.#reports.add(
            ADDED,
            instruction.task,
            instruction.attempt,
            instruction.from ?? -1,
            this.#gathered,
          );
          break;
      }
    }
    instructions.length = 0;
    this.#peers.send();
  }
}
