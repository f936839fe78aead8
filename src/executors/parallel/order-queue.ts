import type { Definition, Library } from "../../closure/library.ts";
import type { Comm } from "../../comm/comm.ts";
import { encode } from "../../serialize/encode.ts";
import { encodeError } from "../../serialize/error.ts";
import {
  CANCEL,
  ENCODED,
  FETCH,
  FREE,
  FULL_MESSAGE,
  LOST,
  type Numbered,
  type Orders,
  type Peer,
  PLAIN,
  PUT,
  SHARE,
} from "../../worker/protocol.ts";
import { HOLE } from "../travel.ts";

/** Orders on their way to one worker, many to a message; and what the worker knows already. */
export class OrderQueue {
  readonly #comm: Comm;
  readonly #library: Library;
  /** Ids of definitions, and numbers of functions, labels and workers, that the worker knows. */
  readonly known = new Set<string>();
  readonly #functions = new Set<number>();
  readonly #labels = new Set<number>();
  readonly #peers = new Set<number>();
  #rows = new Int32Array(1024);
  #length = 0;
  #values: unknown[] = [];
  #bytes = 0;
  #definitions: Definition[] = [];
  #newFunctions: Numbered[] = [];
  #newLabels: Numbered[] = [];
  #newPeers: Peer[] = [];
  #forgotten: number[] = [];

  constructor(comm: Comm, library: Library) {
    this.#comm = comm;
    this.#library = library;
  }

  /** Appends a number to the rows. */
  add(number: number): void {
    if (this.#length === this.#rows.length) {
      const larger = new Int32Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[this.#length++] = number;
  }

  /** Appends a value for the rows, which takes about so many bytes. */
  addValue(data: unknown, bytes = 0): void {
    this.#values.push(data);
    this.#bytes += bytes;
  }

  /** True if it is time to send what there is. */
  get isFull(): boolean {
    return this.#bytes > FULL_MESSAGE;
  }

  /** What is added next needs these definitions. */
  use(ids: readonly string[]): void {
    if (ids.length > 0) this.#definitions.push(...this.#library.needed(ids, this.known));
  }

  /** What is added next names this function by its number. */
  useFunction(number: number, id: string, definition: string | undefined): void {
    if (this.#functions.has(number)) return;
    this.#functions.add(number);
    if (definition !== undefined) this.use([definition]);
    this.#newFunctions.push({ number, text: id });
  }

  useLabel(number: number, label: string): void {
    if (this.#labels.has(number)) return;
    this.#labels.add(number);
    this.#newLabels.push({ number, text: label });
  }

  /** Numbers of labels mean others from now on. */
  forgetLabels(): void {
    this.#labels.clear();
  }

  usePeer(index: number, peerOf: (index: number) => Peer): void {
    if (this.#peers.has(index)) return;
    this.#peers.add(index);
    this.#newPeers.push(peerOf(index));
  }

  cancel(attempt: number, reason: unknown): void {
    const { data, uses } = encodeError(reason, this.#library);
    this.use(uses);
    this.add(CANCEL);
    this.add(attempt);
    this.addValue(data);
  }

  free(attempt: number): void {
    this.add(FREE);
    this.add(attempt);
  }

  fetch(attempt: number, request: number): void {
    this.add(FETCH);
    this.add(attempt);
    this.add(request);
  }

  /**
   * Brings a value for the orders that follow.
   * @throws ClosureError when it cannot travel
   */
  put(attempt: number, value: unknown, subject: string): void {
    const { plain, data, uses, bytes } = encode(value, this.#library, subject);
    this.use(uses);
    this.add(PUT);
    this.add(attempt);
    this.add(plain ? PLAIN : ENCODED);
    this.addValue(data, bytes);
  }

  /** The value that the attempt `of` made is to be known as this attempt's, too. */
  share(task: number, attempt: number, of: number): void {
    this.add(SHARE);
    this.add(task);
    this.add(attempt);
    this.add(of);
  }

  lost(index: number): void {
    if (!this.#peers.delete(index)) return;
    this.add(LOST);
    this.add(index);
  }

  /** The worker need not know this function any more. */
  forgetFunction(number: number): void {
    if (this.#functions.delete(number)) this.#forgotten.push(number);
  }

  /** Sends what there is. */
  flush(): void {
    if (this.#length === 0 && this.#forgotten.length === 0) return;
    const message: Orders = {
      rows: this.#rows.slice(0, this.#length),
      values: this.#values,
      hole: HOLE,
      definitions: this.#definitions,
      functions: this.#newFunctions,
      labels: this.#newLabels,
      peers: this.#newPeers,
      forgotten: this.#forgotten,
    };
    this.#length = 0;
    this.#values = [];
    this.#bytes = 0;
    this.#definitions = [];
    this.#newFunctions = [];
    this.#newLabels = [];
    this.#newPeers = [];
    this.#forgotten = [];
    this.#comm.send(message);
    this.#comm.flush();
  }
}
