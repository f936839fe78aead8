import type { Library } from "../closure/library.ts";
import { MemoryUse } from "../core/worker/memory.ts";
import { toShared } from "../serialize/shared.ts";
import { type Survey, survey } from "../serialize/survey.ts";
import type { MemoryReport, SpilledValue, WorkerStart } from "./protocol.ts";
import { objectLimit, RealMemory } from "./real-memory.ts";
import { Spill } from "./spill.ts";

/** What keeps a store within its limit. */
export interface StoreParts {
  readonly memory: MemoryUse<ArrayBufferLike>;
  readonly real: RealMemory;
  /** Without it all values stay in memory. */
  readonly spill: Spill | undefined;
}

/** The store of a worker. */
export function storeOf({ memoryLimit, spillDirectory }: WorkerStart, library: Library): Store {
  return new Store({
    memory: new MemoryUse({ all: memoryLimit, objects: objectLimit() }),
    real: new RealMemory(memoryLimit),
    spill: spillDirectory === undefined ? undefined : new Spill(spillDirectory, library),
  });
}

/** Of values that are no objects there is nothing to find out. */
const SIMPLE: Survey = Object.freeze({ ...survey(0), bytes: 16 });
/** No attempt has this number. */
const NOTHING = 0;
/** Of values of fewer bytes no account is kept: that would take more time than they save memory. */
const LITTLE = 1024;
/** Values of so many bytes are not looked at again if that can be avoided. */
const MUCH = 65_536;

/**
 * The values at a worker, named by the attempts that made them. Those that are too much for its memory
 * are put on disk, and come back when they are used. Values are not changed by those who use them, so what
 * was written once is not written again.
 */
export class Store {
  readonly #parts: StoreParts;
  readonly #values = new Map<number, unknown>();
  /** What is known of values that could be written as they are: they need not be looked at again then. */
  readonly #plain = new Map<number, Survey>();
  /** Memory that threads share because of this library: it may be copied, as that of users may not. */
  readonly #ownShared = new WeakSet<SharedArrayBuffer>();
  /** Under which name a value is kept that several attempts have, by attempt, and how many they are. */
  readonly #names = new Map<number, number>();
  readonly #sharers = new Map<number, number>();
  #lastName = 0;
  #isNews = false;
  #wasPressed = false;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  /** False if all values are little and there is memory enough: then there is nothing to do for them. */
  get isTracking(): boolean {
    const { memory, real, spill } = this.#parts;
    return memory.size > 0 || (spill !== undefined && spill.size > 0) || real.isPressed;
  }

  /**
   * @param isCopy whether structured clone has made the value
   * @returns what there is to know of it
   */
  set(attempt: number, value: unknown, isCopy = false): Survey {
    if (typeof value === "number" || typeof value === "boolean" || value === undefined || value === null) {
      this.#values.set(this.#newNameOf(attempt), value);
      return SIMPLE;
    }
    const found = survey(value, isCopy);
    if (this.isTracking) this.delete(attempt);
    this.#hold(this.#newNameOf(attempt), value, found);
    return found;
  }

  has(attempt: number): boolean {
    const name = this.#nameOf(attempt);
    return this.#values.has(name) || this.#parts.spill?.has(name) === true;
  }

  /** A value that is in memory: `take` sees to that for those a task has. */
  get(attempt: number): unknown {
    return this.#values.get(this.#nameOf(attempt));
  }

  /**
   * A value from wherever it is. It stays there.
   * @throws ValueFileError: it is on disk, and cannot be read
   */
  look(attempt: number): unknown {
    const name = this.#nameOf(attempt);
    if (this.#values.has(name)) return this.#values.get(name);
    this.#isNews = true;
    return this.#parts.spill!.read(name);
  }

  /** The value of one attempt is that of another, too. */
  share(of: number, attempt: number): void {
    const name = this.#nameOf(of);
    this.#names.set(of, name).set(attempt, name);
    this.#sharers.set(name, (this.#sharers.get(name) ?? 1) + 1);
  }

  delete(attempt: number): void {
    const name = this.#forget(attempt);
    if (name === undefined) return;
    this.#values.delete(name);
    if (!this.isTracking) return;
    const { memory, spill } = this.#parts;
    this.#plain.delete(name);
    memory.removed(name);
    if (spill?.has(name) !== true) return;
    spill.remove(name);
    this.#isNews = true;
  }

  /** True if the value may be handed over: no other value has its memory, and no task that runs. */
  isAlone(attempt: number): boolean {
    const name = this.#nameOf(attempt);
    return (this.#sharers.get(name) ?? 1) === 1 && this.#parts.memory.isAlone(name);
  }

  // ---------------------------------------------------------------- for tasks

  /**
   * A task is about to use these values: they are in memory from now on, until `leave`.
   * @returns one that cannot be read, if there is such
   */
  take(attempts: readonly number[]): number | undefined {
    const { memory } = this.#parts;
    const away: number[] = [];
    // First those that are here, so that they are not put on disk to make room for the others.
    for (const [i, attempt] of attempts.entries()) {
      const name = this.#nameOf(attempt);
      if (this.#values.has(name)) memory.taken(name);
      else away.push(i);
    }
    for (const [count, i] of away.entries()) {
      const name = this.#nameOf(attempts[i]!);
      if (this.#values.has(name) || this.#bring(name)) {
        memory.taken(name);
        continue;
      }
      const missing = new Set(away.slice(count));
      this.leave(attempts.filter((_, one) => !missing.has(one)));
      return attempts[i];
    }
    return undefined;
  }

  /** The task is over. */
  leave(attempts: readonly number[]): void {
    for (const attempt of attempts) this.#parts.memory.left(this.#nameOf(attempt));
  }

  // ---------------------------------------------------------------- room

  /** True if `makeRoom` has something to do. */
  get isFull(): boolean {
    const { memory, spill } = this.#parts;
    return spill?.isStuck === false && memory.excess() !== undefined;
  }

  /** Puts values on disk until there is room for what there is, and for so many bytes more. */
  makeRoom(coming = 0): void {
    const { memory, real, spill } = this.#parts;
    while (spill?.isStuck === false) {
      const name = memory.excess(coming);
      if (name === undefined) break;
      this.#isNews = true;
      if (spill.write(name, this.#values.get(name), this.#plain.get(name))) {
        this.#values.delete(name);
        this.#plain.delete(name);
        memory.removed(name);
        real.look(memory.held, memory.freed);
      } else if (!spill.isStuck) memory.stays(name);
    }
    real.look(memory.held, memory.freed);
  }

  /** What the controller has not heard yet. */
  news(): MemoryReport | undefined {
    const { memory, real, spill } = this.#parts;
    const { isPressed } = real;
    if (!this.#isNews && isPressed === this.#wasPressed) return undefined;
    this.#isNews = false;
    this.#wasPressed = isPressed;
    return { bytesHeld: memory.held, bytesSpilled: spill?.bytes ?? 0, isPressed, ...spill?.news() };
  }

  // ---------------------------------------------------------------- for other workers

  /**
   * A value that cannot be read is not here any more.
   * @returns all attempts whose value it was
   */
  drop(attempt: number): number[] {
    const name = this.#nameOf(attempt);
    const attempts = this.#sharers.has(name)
      ? [...this.#names.keys()].filter((one) => this.#names.get(one) === name)
      : [attempt];
    for (const one of attempts) this.delete(one);
    return attempts;
  }

  /** Threads are going to read the value: its large memory becomes memory that they share. */
  shareMemory(attempt: number): void {
    const name = this.#nameOf(attempt);
    const value = this.#values.get(name);
    const shared = toShared(value);
    if (shared === value) return;
    const before = new Set(survey(value).shared);
    const found = survey(shared);
    this.addShared(found.shared.filter((memory) => !before.has(memory)));
    this.#hold(name, shared, found);
  }

  /** Takes note of memory that threads share because of this library. */
  addShared(memory: readonly SharedArrayBuffer[]): void {
    for (const one of memory) this.#ownShared.add(one);
  }

  /** Those among these that are so noted. */
  ownAmong(memory: readonly SharedArrayBuffer[]): SharedArrayBuffer[] {
    return memory.filter((one) => this.#ownShared.has(one));
  }

  /** Where a value is that is only on disk, if another worker can read it there. */
  fileOf(attempt: number): SpilledValue | undefined {
    const name = this.#nameOf(attempt);
    return this.#values.has(name) ? undefined : this.#parts.spill?.at(name);
  }

  /** The file of a value is another worker's now. */
  handOver(attempt: number): void {
    const name = this.#forget(attempt);
    if (name !== undefined) this.#parts.spill?.gaveAway(name);
    this.#isNews = true;
  }

  /**
   * Takes a value that another worker has in a file: the file itself, or else what is in it.
   * @returns false if it cannot be read
   */
  takeFile(attempt: number, file: SpilledValue, isGiven: boolean): boolean {
    const { spill } = this.#parts;
    this.#isNews = true;
    if (spill === undefined) return false;
    const name = this.#newNameOf(attempt);
    if (spill.adopt(name, file, isGiven)) return true;
    this.makeRoom(file.bytes);
    return this.#read(name, () => spill.readOther(file));
  }

  // ---------------------------------------------------------------- inside

  #nameOf(attempt: number): number {
    if (this.#names.size === 0) return attempt;
    const name = this.#names.get(attempt);
    if (name !== undefined) return name;
    // Others have it still, and this attempt has nothing.
    return this.#sharers.has(attempt) ? NOTHING : attempt;
  }

  /** A name for the attempt's value: not the attempt itself if others still have what it made before. */
  #newNameOf(attempt: number): number {
    const name = this.#nameOf(attempt);
    if (name !== NOTHING) return name;
    this.#names.set(attempt, --this.#lastName);
    this.#sharers.set(this.#lastName, 1);
    return this.#lastName;
  }

  /** @returns the name that the value had, if no other attempt has it */
  #forget(attempt: number): number | undefined {
    const name = this.#nameOf(attempt);
    this.#names.delete(attempt);
    const sharers = this.#sharers.get(name) ?? 1;
    if (sharers > 1) {
      this.#sharers.set(name, sharers - 1);
      return undefined;
    }
    this.#sharers.delete(name);
    return name;
  }

  /** Brings a value back. */
  #bring(name: number): boolean {
    const { spill } = this.#parts;
    if (spill?.has(name) !== true) return false;
    this.#isNews = true;
    this.makeRoom(spill.memoryOf(name));
    return this.#read(name, () => spill.read(name));
  }

  #read(name: number, read: () => unknown): boolean {
    try {
      const value = read();
      const found = survey(value, true);
      // What was not this library's was not written.
      this.addShared(found.shared);
      this.#hold(name, value, found);
      return true;
    } catch (error) {
      this.#parts.spill?.couldNotRead(error);
      return false;
    }
  }

  #hold(name: number, value: unknown, found: Survey): void {
    this.#values.set(name, value);
    const { way, bytes, buffers, shared } = found;
    if (bytes < LITTLE) return;
    if (way === "plain" && bytes > MUCH) this.#plain.set(name, found);
    const { memory, spill } = this.#parts;
    const blocks = shared.length === 0 ? buffers : [...buffers, ...shared];
    const own = blocks.reduce((rest, { byteLength }) => rest - byteLength, bytes);
    const canLeave =
      spill !== undefined && way !== "captured" && shared.every((one) => this.#ownShared.has(one));
    memory.added(name, own, blocks, canLeave);
  }
}
