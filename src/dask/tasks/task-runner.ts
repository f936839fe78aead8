import type { Library } from "../../closure/library.ts";
import type { Comm } from "../../comm/comm.ts";
import { asAsyncTask, enterTask, leaveTask } from "../../context.ts";
import type { WorkerClaims } from "../../spawn/spawn.ts";
import { type AnyFunction, evaluate, isAsyncFunction, isThenable } from "../../task.ts";
import { collectGarbage } from "../../worker/real-memory.ts";
import { type OpenArguments, openArguments } from "./argument-bytes.ts";
import {
  type Batch,
  BatchReader,
  COLLECT,
  COMPUTE,
  FORGET,
  FUNCTION,
  KEPT,
  SMALL,
  type ThreadStart,
  type WireValue,
  wallClock,
} from "./batch.ts";
import { type OpenFunction, openFunction } from "./function-bytes.ts";
import { type Input, RunningTask, type SentTask } from "./running-task.ts";
import { TaskOutcomes } from "./task-outcomes.ts";
import { ThreadValues } from "./thread-values.ts";

/** What a task thread is made of. */
export interface RunnerParts {
  readonly start: ThreadStart;
  /** The communication thread. */
  readonly comm: Comm;
  readonly claims: WorkerClaims;
  /** A new library, with an origin of its own. */
  readonly newLibrary: () => Library;
}

/** After so many milliseconds of work messages get their turn, and reports leave. */
const SLICE = 1;
/** Functions that take longer, in seconds, are not begun before the reports of others have left. */
const LONG = 0.0002;

const NO_VALUES: unknown[] = [];
const NO_INPUTS: readonly Input[] = [];

/** A function as this thread knows it. */
interface KnownFunction {
  readonly bytes: Uint8Array;
  open: OpenFunction | undefined;
  fn: AnyFunction | undefined;
  /** How long it took lately, in seconds. */
  took: number;
}

/** Runs tasks in a task thread, one after another. */
export class TaskRunner {
  readonly #start: ThreadStart;
  readonly #claims: WorkerClaims;
  readonly #newLibrary: () => Library;
  readonly #state: Float64Array;
  readonly #outcomes: TaskOutcomes;
  #library: Library;
  #values: ThreadValues;
  readonly #functions = new Map<number, KnownFunction>();
  /** Messages whose orders have not all been begun. */
  readonly #inbox: BatchReader[] = [];
  #current: RunningTask | undefined;
  #isWorking = false;
  #sliceEnd = 0;
  #later: NodeJS.Immediate | undefined;
  #positions = new Int32Array(16).map((_, i) => i);

  constructor({ start, comm, claims, newLibrary }: RunnerParts) {
    this.#start = start;
    this.#claims = claims;
    this.#newLibrary = newLibrary;
    this.#state = new Float64Array(start.state);
    this.#library = newLibrary();
    this.#values = new ThreadValues(this.#library);
    this.#outcomes = new TaskOutcomes(comm, start.name);
    comm.onMessage = (message) => {
      if (typeof message === "number") this.#stop(message);
      else this.#take(message as Batch);
    };
  }

  #take(batch: Batch): void {
    this.#inbox.push(new BatchReader(batch));
    if (!this.#isWorking && this.#later === undefined && this.#current === undefined) this.#newSlice();
  }

  #stop(number: number): void {
    if (this.#current?.sent.number === number) this.#current.stop();
  }

  // ---------------------------------------------------------------- reading

  /** For a slice of time what has come is run; then messages get their turn. */
  #newSlice(): void {
    this.#later = undefined;
    this.#sliceEnd = performance.now() + SLICE;
    if (this.#current === undefined) this.#work();
    else this.#outcomes.flush(this.#current);
  }

  #goOnLater(): void {
    this.#later ??= setImmediate(() => this.#newSlice());
  }

  /** Runs what has come until the slice is over, or a task has to be awaited. */
  #work(): void {
    this.#isWorking = true;
    let isOver = false;
    while (this.#current === undefined && !isOver && this.#read()) {
      isOver = performance.now() >= this.#sliceEnd;
    }
    this.#isWorking = false;
    if (this.#current === undefined) {
      if (isOver) this.#goOnLater();
      this.#outcomes.flush(undefined);
    } else if (this.#isQuick(this.#current)) this.#goOnLater();
    else this.#outcomes.flush(this.#current);
  }

  #isQuick({ sent, notes }: RunningTask): boolean {
    return this.#functions.get(sent.fn)!.took < LONG && !notes.watched;
  }

  /** @returns false if there is nothing to do */
  #read(): boolean {
    const reader = this.#inbox[0];
    if (reader === undefined) return false;
    if (reader.isAtEnd) {
      this.#inbox.shift();
      return true;
    }
    switch (reader.number()) {
      case COMPUTE:
        this.#compute(reader);
        break;
      case FUNCTION:
        this.#functions.set(reader.number(), {
          bytes: reader.value() as Uint8Array,
          open: undefined,
          fn: undefined,
          took: LONG,
        });
        break;
      case FORGET:
        this.#values.forget(reader.number());
        break;
      case COLLECT:
        collectGarbage();
        break;
      default:
        this.#reset();
    }
    return true;
  }

  #reset(): void {
    this.#functions.clear();
    this.#library = this.#newLibrary();
    this.#values = new ThreadValues(this.#library);
  }

  #compute(reader: BatchReader): void {
    const number = reader.number();
    const ticket = reader.number();
    const fn = reader.number();
    const length = reader.number();
    const count = reader.number();
    const different = reader.number();
    const key = reader.text();
    const argumentBytes = length < 0 ? (reader.value() as Uint8Array) : reader.bytes(length);
    // Values are taken in any case: those that are to be kept are not sent again.
    const inputs = different === 0 ? NO_INPUTS : new Array<Input>(different);
    for (let i = 0; i < different; i++) (inputs as Input[])[i] = this.#input(reader);
    let positions: Int32Array | undefined;
    if (different < count) {
      positions = new Int32Array(count);
      for (let i = 0; i < count; i++) positions[i] = reader.number();
    }
    if (this.#claims.take(ticket)) this.#begin({ number, key, fn, argumentBytes, inputs, positions });
  }

  #input(reader: BatchReader): Input {
    const name = reader.number();
    const form = reader.number();
    const length = reader.number();
    if (form === KEPT) return this.#values.kept(name);
    if (form === SMALL) return this.#values.small(reader.bytes(length));
    return this.#values.take(name, reader.value() as WireValue);
  }

  // ---------------------------------------------------------------- running

  #begin(sent: SentTask): void {
    const task = new RunningTask(sent, wallClock(), this.#start.name);
    this.#current = task;
    this.#state[1] = task.start;
    this.#state[0] = sent.number;
    const known = this.#functions.get(sent.fn)!;
    if (!this.#isQuick(task)) this.#outcomes.flush(task);
    try {
      known.open ??= openFunction(known.bytes, this.#library);
      const args = openArguments(sent.argumentBytes, this.#library);
      const waits: Promise<void>[] = [];
      const wait = (ready: Promise<void> | undefined): void => {
        if (ready !== undefined) waits.push(ready);
      };
      if (known.fn === undefined) wait(known.open.ready);
      wait(args.ready);
      for (const input of sent.inputs) wait(input.prepare());
      if (waits.length === 0) this.#call(task, known, args);
      // What cannot be imported is an error where it is used.
      else void Promise.allSettled(waits).then(() => this.#resume(() => this.#call(task, known, args)));
    } catch (thrown) {
      this.#failed(task, known, thrown);
    }
  }

  #call(task: RunningTask, known: KnownFunction, open: OpenArguments): void {
    let outcome: unknown;
    try {
      outcome = this.#outcomeOf(task, known, open);
    } catch (thrown) {
      this.#failed(task, known, thrown);
      return;
    }
    if (isThenable(outcome)) this.#await(task, known, outcome);
    else this.#finished(task, known, outcome);
  }

  #outcomeOf(task: RunningTask, known: KnownFunction, open: OpenArguments): unknown {
    known.fn ??= known.open!.fn();
    const { fn } = known;
    const args = open.args();
    if (fn === undefined) return args?.[0];
    const { inputs } = task.sent;
    const values = inputs.length === 0 ? NO_VALUES : new Array<unknown>(inputs.length);
    for (let i = 0; i < inputs.length; i++) values[i] = inputs[i]!.value();
    const positions = task.sent.positions ?? this.#positionsFor(inputs.length);
    const end = (task.sent.positions?.length ?? inputs.length) - open.orderOnly;
    if (isAsyncFunction(fn)) return asAsyncTask(task, 0, () => evaluate(fn, args, values, positions, 0, end));
    enterTask(task, 0);
    try {
      return evaluate(fn, args, values, positions, 0, end);
    } finally {
      leaveTask();
    }
  }

  /** 0, 1, 2 … */
  #positionsFor(count: number): Int32Array {
    if (count > this.#positions.length) this.#positions = new Int32Array(count * 2).map((_, i) => i);
    return this.#positions;
  }

  #await(task: RunningTask, known: KnownFunction, outcome: PromiseLike<unknown>): void {
    Promise.resolve(outcome).then(
      (value) => this.#resume(() => this.#finished(task, known, value)),
      (reason) => this.#resume(() => this.#failed(task, known, reason)),
    );
  }

  /** Goes on with the task that was awaited, and with others after it. */
  #resume(goOn: () => void): void {
    goOn();
    if (this.#current !== undefined) return;
    // Tasks that have nothing to wait for follow each other without an end to their promises.
    if (performance.now() < this.#sliceEnd) this.#work();
    else this.#goOnLater();
  }

  #finished(task: RunningTask, known: KnownFunction, value: unknown): void {
    this.#ended(task, known);
    this.#outcomes.finished(task, value, this.#values, this.#library);
    this.#free();
  }

  #failed(task: RunningTask, known: KnownFunction, thrown: unknown): void {
    this.#ended(task, known);
    this.#outcomes.failed(task, thrown, this.#library);
    this.#free();
  }

  #ended(task: RunningTask, known: KnownFunction): void {
    task.ended();
    known.took = (known.took + this.#outcomes.stop() - task.start) / 2;
  }

  /** Only now: what happens to the thread while it writes the outcome happens because of the task. */
  #free(): void {
    this.#current = undefined;
    this.#state[0] = 0;
  }
}
