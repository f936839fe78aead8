import type { Library } from "../../closure/library.ts";
import type { Serialized } from "../protocol/message.ts";
import { prepareAny, readAny, sharedByUs } from "./any-value.ts";
import type { WireValue } from "./batch.ts";
import type { Input } from "./running-task.ts";
import { fromWire, ofSmallPickle } from "./wire-value.ts";

/** The values that a task thread keeps: those that it made, and those that it was sent, which are read when they are used. */
export class ThreadValues {
  readonly #library: Library;
  readonly #kept = new Map<number, Input>();
  /** Memory that threads share because of this library. */
  readonly #ours = new WeakSet<SharedArrayBuffer>();

  constructor(library: Library) {
    this.#library = library;
  }

  /** One that is here. */
  kept(name: number): Input {
    const input = this.#kept.get(name);
    if (input === undefined) throw new Error(`this thread has no value ${name}`);
    return input;
  }

  small(pickle: Uint8Array): Input {
    return new WrittenInput(ofSmallPickle(pickle), this.#library);
  }

  /** @param name 0 if it is not to be kept */
  take(name: number, wire: WireValue): Input {
    const value = fromWire(wire);
    for (const memory of sharedByUs(value)) this.#ours.add(memory);
    const input = new WrittenInput(value, this.#library);
    if (name !== 0) this.#kept.set(name, input);
    return input;
  }

  /** A value that was made here. */
  made(name: number, value: unknown): void {
    this.#kept.set(name, { prepare: () => undefined, value: () => value });
  }

  forget(name: number): void {
    this.#kept.delete(name);
  }

  /** It is shared although the user's value is not. */
  share(memory: SharedArrayBuffer): void {
    this.#ours.add(memory);
  }

  isOurs(memory: SharedArrayBuffer): boolean {
    return this.#ours.has(memory);
  }
}

/** A value in its wire form, until it is used. */
class WrittenInput implements Input {
  readonly #library: Library;
  #written: Serialized | undefined;
  #value: unknown;

  constructor(written: Serialized, library: Library) {
    this.#written = written;
    this.#library = library;
  }

  prepare(): Promise<void> | undefined {
    return this.#written === undefined ? undefined : prepareAny(this.#written, this.#library);
  }

  value(): unknown {
    if (this.#written !== undefined) {
      this.#value = readAny(this.#written, this.#library);
      this.#written = undefined;
    }
    return this.#value;
  }
}
