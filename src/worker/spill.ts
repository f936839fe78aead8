import { linkSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Library } from "../closure/library.ts";
import type { ValueFileError } from "../errors.ts";
import { decode, type Encoded, encode } from "../serialize/encode.ts";
import type { Survey } from "../serialize/survey.ts";
import { prepareDirectory } from "../store/spill-directory.ts";
import { readValue, writeValue } from "../store/value-file.ts";
import type { AnyFunction } from "../task.ts";
import type { MemoryReport, SpilledValue, Traffic } from "./protocol.ts";

/** So many values may be made again because their files cannot be read. */
const MOST_UNREADABLE = 100;

/** The values of a worker that are in files, named by the attempts that made them. */
export class Spill {
  readonly #directory: string;
  readonly #library: Library;
  readonly #files = new Map<number, SpilledValue>();
  /** The classes of a value's instances: the library forgets some when the runs that used them are over. */
  readonly #classes = new Map<number, readonly AnyFunction[]>();
  #isPrepared = false;
  #isStuck = false;
  #unreadable = 0;
  #bytes = 0;
  #written: Traffic | undefined;
  #read: Traffic | undefined;
  #problem: string | undefined;

  /** @param directory a path, for this worker alone; it is made when it is needed */
  constructor(directory: string, library: Library) {
    this.#directory = directory;
    this.#library = library;
  }

  /** How many values there are. */
  get size(): number {
    return this.#files.size;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True after the system has refused to write, until a file is removed; and after too many files could not be read. */
  get isStuck(): boolean {
    return this.#isStuck || this.#unreadable >= MOST_UNREADABLE;
  }

  /** A file could not be read: its value is made again. If that goes on, values stay in memory. */
  couldNotRead(error: unknown): void {
    this.#unreadable++;
    this.#problem = (error as Error).message;
  }

  has(attempt: number): boolean {
    return this.#files.has(attempt);
  }

  /** What a value takes in memory. */
  memoryOf(attempt: number): number {
    return this.#files.get(attempt)?.bytes ?? 0;
  }

  /** What another worker needs to know to read a file; `undefined` if it could not make the value's classes. */
  at(attempt: number): SpilledValue | undefined {
    const value = this.#files.get(attempt);
    const classes = this.#classes.get(attempt);
    // To capture a class makes the library remember it, under another name if it has changed.
    const isKnown = classes?.every((one, i) => this.#library.capture(one).id === value?.uses[i]) ?? true;
    return isKnown ? value : undefined;
  }

  /**
   * Puts a value in a file, if it is in none.
   * @param found what is known of it already
   * @returns false if that cannot be done
   */
  write(attempt: number, value: unknown, found?: Survey): boolean {
    if (this.#files.has(attempt)) return true;
    try {
      const encoded = encode(value, this.#library, undefined, found);
      if (isCapsule(encoded)) return false;
      const { plain, data, uses, bytes, buffers } = encoded;
      const path = this.#pathOf(attempt);
      const began = performance.now();
      const fileBytes = writeValue(path, data, { plain }, { shared: "copy", buffers });
      this.#written = added(this.#written, fileBytes, began);
      const classes = uses.map((id) => this.#library.functionOf(id));
      this.#add(attempt, { path, plain, uses, bytes, fileBytes }, classes);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /**
   * Gives the value in a file, which stays.
   * @throws ValueFileError: the file is missing or damaged
   */
  read(attempt: number): unknown {
    return this.readOther(this.#files.get(attempt)!, this.#classes.get(attempt));
  }

  /** The same of a file that is not among these. */
  readOther({ path, plain, uses, fileBytes }: SpilledValue, classes: readonly AnyFunction[] = []): unknown {
    const began = performance.now();
    const { data } = readValue(path);
    this.#read = added(this.#read, fileBytes, began);
    const library = this.#library;
    return decode(data, plain, {
      functionOf: (id) => classes[uses.indexOf(id)] ?? library.functionOf(id),
      restore: (capsule) => library.restore(capsule),
    });
  }

  /**
   * A file of another worker becomes one of this worker too, or instead if it is given away; nothing is
   * copied for it.
   * @returns false if that cannot be done
   */
  adopt(attempt: number, value: SpilledValue, isGiven: boolean): boolean {
    try {
      const classes = value.uses.map((id) => this.#library.functionOf(id));
      const path = this.#pathOf(attempt);
      if (isGiven) renameSync(value.path, path);
      else linkSync(value.path, path);
      this.#add(attempt, { ...value, path }, classes);
      return true;
    } catch {
      return false;
    }
  }

  /** The value is not needed any more. */
  remove(attempt: number): void {
    const value = this.#files.get(attempt);
    if (value === undefined) return;
    this.gaveAway(attempt);
    rmSync(value.path, { force: true });
    this.#isStuck = false;
  }

  /** The file is another worker's now, or cannot be read. */
  gaveAway(attempt: number): void {
    this.#bytes -= this.#files.get(attempt)?.fileBytes ?? 0;
    this.#files.delete(attempt);
    this.#classes.delete(attempt);
  }

  /** What has happened since the last time. */
  news(): Pick<MemoryReport, "written" | "read" | "problem"> {
    const news = { written: this.#written, read: this.#read, problem: this.#problem };
    this.#written = undefined;
    this.#read = undefined;
    this.#problem = undefined;
    return news;
  }

  // ---------------------------------------------------------------- inside

  #pathOf(attempt: number): string {
    if (!this.#isPrepared) prepareDirectory(this.#directory);
    this.#isPrepared = true;
    return join(this.#directory, String(attempt));
  }

  #add(attempt: number, value: SpilledValue, classes: readonly AnyFunction[]): void {
    this.#files.set(attempt, value);
    this.#bytes += value.fileBytes;
    if (classes.length > 0) this.#classes.set(attempt, classes);
  }

  #failed(error: unknown): void {
    this.#problem = (error as Error).message;
    // If there is no directory, no value is to blame; and it may have been there, and been removed.
    this.#isStuck = isOfSystem(error) || !this.#isPrepared;
    this.#isPrepared &&= !this.#isStuck;
  }
}

/** True of what only the closure machinery carries: functions, which belong to this thread. */
function isCapsule({ plain, data }: Encoded): boolean {
  return !plain && (data as { readonly mends: unknown }).mends === undefined;
}

/** True if the system has refused something: no value is to blame. */
function isOfSystem(error: unknown): boolean {
  const { cause } = error as ValueFileError;
  return (cause as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
}

function added(traffic: Traffic | undefined, bytes: number, began: number): Traffic {
  const milliseconds = performance.now() - began;
  if (traffic === undefined) return { values: 1, bytes, milliseconds, at: performance.timeOrigin + began };
  return {
    values: traffic.values + 1,
    bytes: traffic.bytes + bytes,
    milliseconds: traffic.milliseconds + milliseconds,
    at: traffic.at,
  };
}
