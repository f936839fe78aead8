import type { Library } from "../../closure/library.ts";
import { decode } from "../../serialize/encode.ts";
import { decodeError } from "../../serialize/error.ts";
import { ABSENT, PLAIN, REFUSED } from "../../worker/protocol.ts";
import type { WorkerLink } from "./link.ts";

/** A value that a worker had; `undefined` if it did not have it. */
export type Answer = { readonly value: unknown } | undefined;

interface Request {
  readonly link: WorkerLink;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/** Values that the controller has asked workers for. */
export class Requests {
  readonly #library: Library;
  readonly #open = new Map<number, Request>();
  #last = 0;

  constructor(library: Library) {
    this.#library = library;
  }

  /** How many have not been answered. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Asks a worker for the value that an attempt made.
   * @throws ClosureError when the value cannot travel
   */
  ask(link: WorkerLink, attempt: number): Promise<Answer> {
    const number = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#open.set(number, { link, resolve, reject });
      link.queue.fetch(attempt, number);
    });
  }

  answered(number: number, form: number, data: unknown): void {
    const request = this.#open.get(number);
    if (request === undefined) return;
    this.#open.delete(number);
    const { resolve, reject } = request;
    if (form === ABSENT) resolve(undefined);
    else if (form === REFUSED) reject(decodeError(data, this.#library));
    else {
      resolve({ value: decode(data, form === PLAIN, this.#library) });
    }
  }

  /** A worker will not answer any more. */
  lost(link: WorkerLink): void {
    for (const [number, request] of this.#open) {
      if (request.link !== link) continue;
      this.#open.delete(number);
      request.resolve(undefined);
    }
  }
}
