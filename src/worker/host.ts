import type { Library } from "../closure/library.ts";
import type { Comm } from "../comm/comm.ts";
import { asAsyncTask, type ContextSource, enterTask, leaveTask, type TaskContext } from "../context.ts";
import { WorkerState } from "../core/worker/state.ts";
import { ExecutorError } from "../errors.ts";
import { decode, encode } from "../serialize/encode.ts";
import { decodeError, encodeError } from "../serialize/error.ts";
import type { Peers, WorkerClaims } from "../spawn/spawn.ts";
import { LIBRARY_FUNCTIONS } from "../structure.ts";
import { type AnyFunction, evaluate, isAsyncFunction, isThenable } from "../task.ts";
import { Inbox } from "./inbox.ts";
import { argumentsOf, type HostOrder, isData, isEncoded, OrderReader } from "./order.ts";
import { PeerData } from "./peer-data.ts";
import {
  ABSENT,
  ADDED,
  CANCEL,
  COMPUTE,
  ENCODED,
  FAILED,
  FETCH,
  FINISHED,
  FREE,
  LARGEST_VALUE,
  LOST,
  MISSING,
  type Orders,
  PLAIN,
  REFUSED,
  RELEASED,
  STARTED,
  VALUE,
  type WorkerStart,
} from "./protocol.ts";
import { ReportQueue } from "./report.ts";
import { Store } from "./store.ts";
import { tooLarge } from "./too-large.ts";

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
/** A wanted result of so many bytes or less comes to the controller with the report. */
const SMALL = 65_536;

const NO_VALUES: unknown[] = [];
const NO_USES: readonly string[] = [];

/** Runs the tasks that a controller sends. The same in a thread, in a process, and in the controller itself. */
export class WorkerHost implements ContextSource {
  readonly #start: WorkerStart;
  readonly #claims: WorkerClaims;
  readonly #library: Library;
  readonly #core: WorkerState<HostOrder>;
  readonly #store = new Store();
  readonly #reports: ReportQueue;
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
    this.#reports = new ReportQueue(comm, library);
    this.#peers = new PeerData({
      peers,
      library,
      store: this.#store,
      sharesMemory: start.sharesMemory,
      onValue: (attempt, value, bytes) => this.#received(attempt, value, bytes),
      onMissing: (attempt) => {
        this.#core.notFound(attempt);
        this.#goOn();
      },
      onLost: (index) => {
        this.#core.peerLost(index);
        this.#goOn();
      },
      isInUse: (attempt) => this.#isInUse(attempt),
      onGiven: (attempt) => this.#core.gaveAway(attempt),
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
          this.#send(reader.number(), reader.number());
          break;
        case LOST:
          this.#peers.lost(reader.number());
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

  /** The controller wants a value. */
  #send(attempt: number, request: number): void {
    if (!this.#store.has(attempt)) {
      this.#reports.add(VALUE, request, ABSENT);
      return;
    }
    try {
      const { plain, data, uses, bytes } = encode(this.#store.get(attempt), this.#library);
      this.#reports.add(VALUE, request, plain ? PLAIN : ENCODED, bytes);
      this.#reports.addValue(data, uses);
      if (bytes > SMALL) this.#reports.flush();
    } catch (problem) {
      const { data, uses } = encodeError(problem, this.#library);
      this.#reports.add(VALUE, request, REFUSED);
      this.#reports.addValue(data, uses);
    }
  }

  // ---------------------------------------------------------------- what other workers say

  #isInUse(attempt: number): boolean {
    const isInput = (input: { readonly attempt: number }): boolean => input.attempt === attempt;
    return [...this.#running.values()].some(({ inputs }) => inputs.some(isInput));
  }

  #received(attempt: number, value: unknown, bytes: number): void {
    this.#store.set(attempt, value);
    this.#gathered = bytes;
    this.#core.received(attempt);
    this.#goOn();
  }

  /** Size of the value that arrived last, as its holder knew it. */
  #gathered = 0;

  // ---------------------------------------------------------------- running

  /** After any event: does what the core says, and goes on with the work. */
  #goOn(): void {
    this.#obey();
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
    const { task, attempt } = order;
    const found = this.#store.set(attempt, value);
    const { way, bytes } = found;
    if (bytes > LARGEST_VALUE && !this.#start.sharesMemory) {
      this.#store.delete(attempt);
      this.#report(order, tooLarge(this.#resultOf(order), bytes));
      return;
    }
    const isSent = order.isWanted && bytes <= SMALL;
    if (way === "plain") {
      if (!this.#isStillWanted(order)) return;
      this.#reports.add(FINISHED, task, attempt, bytes, isSent ? PLAIN : ABSENT);
      if (isSent) this.#reports.addValue(value, NO_USES);
      return;
    }
    try {
      // What cannot travel is an error wherever it is needed: the task's own, and no matter of luck.
      const { data, uses } = encode(value, this.#library, this.#resultOf(order), found);
      if (!this.#isStillWanted(order)) return;
      this.#reports.add(FINISHED, task, attempt, bytes, isSent ? ENCODED : ABSENT);
      if (isSent) this.#reports.addValue(data, uses);
    } catch (problem) {
      this.#store.delete(attempt);
      this.#report(order, problem);
    }
  }

  #isStillWanted(order: HostOrder): boolean {
    const isWanted = this.#core.finished(order);
    if (!isWanted) this.#store.delete(order.attempt);
    return isWanted;
  }

  #resultOf({ label }: HostOrder): string {
    return `the result of "${this.#labels[label]}"`;
  }

  #failed(order: HostOrder, thrown: unknown): void {
    this.#ended(order);
    this.#report(order, thrown);
  }

  #report(order: HostOrder, thrown: unknown): void {
    if (!this.#core.failed(order)) return;
    const { data, uses } = encodeError(thrown, this.#library);
    this.#reports.add(FAILED, order.task, order.attempt);
    this.#reports.addValue(data, uses);
  }

  #ended({ attempt, startedAt, fn }: HostOrder): void {
    this.#running.delete(attempt);
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
