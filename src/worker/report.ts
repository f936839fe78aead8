import type { Definition, Library } from "../closure/library.ts";
import type { Comm } from "../comm/comm.ts";
import { type MemoryReport, REPORT_FIELDS, type Reports } from "./protocol.ts";

/** Reports of a worker on their way to the controller, many to a message. */
export class ReportQueue {
  readonly #comm: Comm;
  readonly #library: Library;
  readonly #memory: () => MemoryReport | undefined;
  /** Ids of definitions that the controller has. */
  readonly known = new Set<string>();
  #rows = new Float64Array(256 * REPORT_FIELDS);
  #length = 0;
  #values: unknown[] = [];
  #definitions: Definition[] = [];
  /** Milliseconds that tasks took, and how many ended. */
  busy = 0;
  ran = 0;

  /** @param memory what is new about the worker's memory */
  constructor(comm: Comm, library: Library, memory: () => MemoryReport | undefined) {
    this.#comm = comm;
    this.#library = library;
    this.#memory = memory;
  }

  add(op: number, a: number, b = 0, c = 0, d = 0, e = 0): void {
    if (this.#length === this.#rows.length) {
      const larger = new Float64Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    const rows = this.#rows;
    const row = this.#length;
    rows[row] = op;
    rows[row + 1] = a;
    rows[row + 2] = b;
    rows[row + 3] = c;
    rows[row + 4] = d;
    rows[row + 5] = e;
    this.#length = row + REPORT_FIELDS;
  }

  /** A value that belongs to the row added last. */
  addValue(data: unknown, uses: readonly string[]): void {
    this.#values.push(data);
    if (uses.length > 0) this.#definitions.push(...this.#library.needed(uses, this.known));
  }

  /** Sends what there is; it leaves at once, also if this thread computes for long from here on. */
  flush(): void {
    const memory = this.#memory();
    if (this.#length === 0 && memory === undefined) return;
    const message: Reports = {
      rows: this.#rows.slice(0, this.#length),
      values: this.#values,
      definitions: this.#definitions,
      busy: this.busy,
      ran: this.ran,
      memory,
    };
    this.#length = 0;
    this.#values = [];
    this.#definitions = [];
    this.busy = 0;
    this.ran = 0;
    this.#comm.send(message);
    this.#comm.flush();
  }
}
