import type { SpawnedThread } from "../../spawn/threads.ts";
import type { KeyId } from "../protocol/key.ts";
import { sizeOf } from "../protocol/values.ts";
import { WrittenNotes } from "./argument-bytes.ts";
import { BatchWriter, COLLECT, COMPUTE, FORGET, FUNCTION, KEPT, RESET, SMALL, WIRE } from "./batch.ts";
import type { KeptNames } from "./kept-names.ts";
import type { TaskInput, TaskOrder } from "./reports.ts";
import { smallPickle, toWire } from "./wire-value.ts";

/** An order that has not been reported. */
export class OpenOrder {
  readonly number: number;
  readonly order: TaskOrder;
  /** What tells its function apart. */
  readonly fn: string;
  readonly notes: WrittenNotes;
  link: ThreadLink | undefined;
  ticket = 0;
  /** The link's, when it was sent. */
  era = 0;
  isStopped = false;
  patience: NodeJS.Timeout | undefined;
  /** How many threads died that had perhaps begun it. */
  deaths = 0;

  constructor(number: number, order: TaskOrder, fn: string) {
    this.number = number;
    this.order = order;
    this.fn = fn;
    this.notes = new WrittenNotes(order.payloads[1] ?? new Uint8Array(0));
  }
}

/** When a thread has come to know so many functions, it forgets all of them. */
const MOST_FUNCTIONS = 1000;
/** Inputs of so many bytes are kept for the next task that uses them. */
const KEPT_FROM = 4096;
/** Longer argument bytes lie beside the rows. */
const LONGEST_BESIDE = 4096;
/** A batch of so many orders leaves at once. */
const FULL = 256;

/** A task thread, as the communication thread sees it: what it has been sent, and what it knows. */
export class ThreadLink {
  /** Its number among those of the worker. */
  readonly thread: number;
  readonly worker: SpawnedThread;
  /** Orders that have not been reported, in the order in which they were sent. */
  readonly sent = new Map<number, OpenOrder>();
  /** Has been able to run tasks. */
  isReady = false;
  /** Told to end. */
  isLeaving = false;
  readonly #names: KeptNames;
  readonly #mostKept: number;
  readonly #state: Float64Array;
  readonly #batch = new BatchWriter();
  readonly #functions = new Map<string, number>();
  /** Bytes of the values that the thread keeps, by name; those used last are at the end. */
  readonly #kept = new Map<number, number>();
  #keptBytes = 0;
  #functionNumbers = 0;
  /** How often the thread was told to forget everything. */
  #era = 0;
  #ordersInBatch = 0;

  constructor(
    thread: number,
    worker: SpawnedThread,
    state: SharedArrayBuffer,
    names: KeptNames,
    mostKept: number,
  ) {
    this.thread = thread;
    this.worker = worker;
    this.#state = new Float64Array(state);
    this.#names = names;
    worker.ready.then(
      () => {
        this.isReady = true;
      },
      () => {},
    );
    this.#mostKept = mostKept;
  }

  /** True if more orders can be sent before others are reported. */
  get hasRoom(): boolean {
    return !this.isLeaving && this.sent.size < this.worker.claims.capacity;
  }

  /** The order that runs, and since when. */
  get running(): { readonly open: OpenOrder; readonly since: number } | undefined {
    const open = this.sent.get(this.#state[0]!);
    return open && { open, since: this.#state[1]! };
  }

  /** True once the thread has begun it, or will not. */
  hasBegun({ ticket }: OpenOrder): boolean {
    return this.worker.claims.isTaken(ticket);
  }

  /** Bytes of the inputs that the thread has. */
  bytesHere(inputs: readonly TaskInput[]): number {
    if (this.#kept.size === 0) return 0;
    let bytes = 0;
    for (const { key } of inputs) bytes += this.#kept.get(this.#names.nameOf(key)) ?? 0;
    return bytes;
  }

  // ---------------------------------------------------------------- sending

  send(open: OpenOrder): void {
    const { order, number } = open;
    const fn = this.#functionNumber(open);
    open.link = this;
    open.ticket = this.worker.claims.offer();
    open.era = this.#era;
    this.sent.set(number, open);
    const args = order.payloads[1]!;
    const isBeside = args.byteLength > LONGEST_BESIDE;
    const positions = differentOf(order.inputs);
    const inputs = positions?.different ?? order.inputs;
    const batch = this.#batch;
    batch.number(COMPUTE);
    batch.number(number);
    batch.number(open.ticket);
    batch.number(fn);
    batch.number(isBeside ? -1 : args.byteLength);
    batch.number(order.inputs.length);
    batch.number(inputs.length);
    batch.text(order.key);
    if (isBeside) batch.value(args.slice());
    else batch.bytes(args);
    for (const input of inputs) this.#putInput(input);
    for (const position of positions?.positions ?? []) batch.number(position);
    this.#makeRoom();
    if (++this.#ordersInBatch >= FULL) this.flush();
  }

  flush(): void {
    this.#ordersInBatch = 0;
    if (!this.#batch.isEmpty) this.worker.comm.send(this.#batch.taken());
  }

  /** @returns false if the thread has begun it */
  takeBack(open: OpenOrder): boolean {
    if (this.worker.claims.revoke([open.ticket]).length === 0) return false;
    this.#left(open);
    return true;
  }

  /** The order has been reported, or goes elsewhere as the thread has died. */
  closed(open: OpenOrder): void {
    this.worker.claims.release(open.ticket);
    this.#left(open);
  }

  #left(open: OpenOrder): void {
    this.sent.delete(open.number);
    open.link = undefined;
  }

  /** Nobody wants what the thread runs. */
  tellToStop({ number }: OpenOrder): void {
    this.flush();
    this.worker.comm.send(number);
  }

  #functionNumber({ fn, order }: OpenOrder): number {
    const known = this.#functions.get(fn);
    if (known !== undefined) return known;
    if (this.#functions.size === MOST_FUNCTIONS) this.#reset();
    const number = ++this.#functionNumbers;
    this.#functions.set(fn, number);
    this.#batch.number(FUNCTION);
    this.#batch.number(number);
    this.#batch.value(order.payloads[0]!.slice());
    return number;
  }

  #reset(): void {
    this.#batch.number(RESET);
    this.#functions.clear();
    this.forgetAll();
    this.#era++;
  }

  #putInput({ key, value }: TaskInput): void {
    const batch = this.#batch;
    const name = this.#names.nameOf(key);
    const bytes = this.#kept.get(name);
    if (bytes !== undefined) {
      this.#kept.delete(name);
      this.#kept.set(name, bytes);
      this.#putForm(name, KEPT, 0);
      return;
    }
    const small = smallPickle(value);
    if (small !== undefined) {
      this.#putForm(0, SMALL, small.byteLength);
      batch.bytes(small);
      return;
    }
    const size = sizeOf(value);
    this.#putForm(size < KEPT_FROM ? 0 : this.#keep(key, size), WIRE, 0);
    batch.value(toWire(value));
  }

  #putForm(name: number, form: number, bytes: number): void {
    this.#batch.number(name);
    this.#batch.number(form);
    this.#batch.number(bytes);
  }

  // ---------------------------------------------------------------- what the thread keeps

  /** The thread keeps the result of an order. */
  keepsResult({ number, order, era }: OpenOrder, bytes: number): void {
    if (era !== this.#era) return;
    // It is known under one name only.
    if (this.#names.nameOf(order.key) !== 0) this.#tellToForget(number);
    else this.#keep(order.key, bytes, number);
    this.#makeRoom();
  }

  /** A value is not needed any more. */
  forget(name: number): void {
    if (this.#remove(name)) this.#tellToForget(name);
  }

  /** The thread keeps nothing that it could do without, and gives the memory back. */
  relieve(): void {
    for (const name of [...this.#kept.keys()]) this.forget(name);
    this.#batch.number(COLLECT);
  }

  forgetAll(): void {
    for (const name of [...this.#kept.keys()]) this.#remove(name);
  }

  #keep(key: KeyId, bytes: number, newName?: number): number {
    const name = this.#names.keep(key, newName);
    this.#kept.set(name, bytes);
    this.#keptBytes += bytes;
    return name;
  }

  #makeRoom(): void {
    if (this.#keptBytes <= this.#mostKept) return;
    for (const name of this.#kept.keys()) {
      this.forget(name);
      if (this.#keptBytes <= this.#mostKept) return;
    }
  }

  #tellToForget(name: number): void {
    this.#batch.number(FORGET);
    this.#batch.number(name);
  }

  #remove(name: number): boolean {
    const bytes = this.#kept.get(name);
    if (bytes === undefined) return false;
    this.#kept.delete(name);
    this.#keptBytes -= bytes;
    this.#names.drop(name);
    return true;
  }
}

/** The inputs without repetitions, and for each input which of them it is; `undefined` if nothing is repeated. */
function differentOf(
  inputs: readonly TaskInput[],
): { readonly different: readonly TaskInput[]; readonly positions: readonly number[] } | undefined {
  if (inputs.length < 2) return undefined;
  if (inputs.length === 2 && inputs[0]!.key !== inputs[1]!.key) return undefined;
  const places = new Map<KeyId, number>();
  for (const { key } of inputs) if (!places.has(key)) places.set(key, places.size);
  if (places.size === inputs.length) return undefined;
  const different = new Array<TaskInput>(places.size);
  for (const input of inputs) different[places.get(input.key)!] = input;
  return { different, positions: inputs.map(({ key }) => places.get(key)!) };
}
