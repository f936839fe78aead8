import { rm } from "node:fs/promises";
import { join } from "node:path";
import { prepareDirectory } from "../../store/spill-directory.ts";
import type { KeyId } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import { sizeOf } from "../protocol/values.ts";
import { compact } from "./shared-frame.ts";
import { readSpillFile, writeSpillFile } from "./spill-file.ts";

/** A value, in memory or in a file or both. For `Cells` alone to look into. */
export interface Cell {
  readonly key: KeyId;
  readonly bytes: number;
  value: Serialized | undefined;
  /** Where it was written once: what came back can leave again for nothing. */
  file: SpillFile | undefined;
  reading: Promise<Serialized> | undefined;
  /** By so many it is being used: it stays in memory. */
  uses: number;
}

interface SpillFile {
  readonly path: string;
  readonly bytes: number;
}

export interface CellsOptions {
  /** More bytes than this should not be in memory; without it nothing is spilled. */
  readonly target: number | undefined;
  /** For files, this worker's alone; made when it is needed. */
  readonly directory: string;
  /** A value is in its file only. */
  readonly onLeave: (key: KeyId) => void;
  /** The disk is full, or cannot be written: values stay in memory. Once until it works again. */
  readonly onStuck: (error: Error) => void;
}

/** Smaller ones are not worth a file. */
const LEAST_SPILLED = 1024;

/**
 * The values of a worker, in the form in which they travel. What has not been used for longest is put in files when
 * there is too much.
 */
export class Cells {
  readonly #options: CellsOptions;
  /** In the order of their last use. */
  readonly #cells = new Map<KeyId, Cell>();
  #memoryBytes = 0;
  /** Of values that are in files only: in memory they would take so much. */
  #spilledBytes = 0;
  #fileBytes = 0;
  #writtenBytes = 0;
  #readBytes = 0;
  #files = 0;
  #spilling: Promise<void> = Promise.resolve();
  #isSpilling = false;
  #isStuck = false;
  #isPrepared = false;
  #isClosed = false;
  /** What is in memory should be less than this for the time being, because the process is too large. */
  #pressure = Number.POSITIVE_INFINITY;

  constructor(options: CellsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** Bytes of the values in memory. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Of values that are in files only: `memory`, what they would take, and `disk`, bytes of their files. */
  get spilled(): { readonly memory: number; readonly disk: number } {
    return { memory: this.#spilledBytes, disk: this.#fileBytes };
  }

  /** Bytes that were written to files and read from them since the start. */
  get traffic(): { readonly written: number; readonly read: number } {
    return { written: this.#writtenBytes, read: this.#readBytes };
  }

  /** True if there is more than there should be, and the system refuses to write it to files. */
  get isStuck(): boolean {
    return this.#isStuck && this.#memoryBytes > this.#limit;
  }

  has(key: KeyId): boolean {
    return this.#cells.has(key);
  }

  keys(): KeyId[] {
    return [...this.#cells.keys()];
  }

  /** @returns bytes of the value; those of the earlier one if there is one, as equal keys have equal values */
  put(key: KeyId, value: Serialized): number {
    const found = this.#cells.get(key);
    if (found !== undefined) return found.bytes;
    const bytes = sizeOf(value);
    this.#cells.set(key, { key, bytes, value: compact(value), file: undefined, reading: undefined, uses: 0 });
    this.#memoryBytes += bytes;
    this.#spill();
    return bytes;
  }

  delete(key: KeyId): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) return;
    this.#cells.delete(key);
    if (cell.value === undefined) this.#spilledBytes -= cell.bytes;
    else this.#memoryBytes -= cell.bytes;
    this.#forgetFile(cell);
  }

  /** What a value counts as; `undefined` if it is not here. */
  bytesOf(key: KeyId): number | undefined {
    return this.#cells.get(key)?.bytes;
  }

  /** Keeps a value in memory until `release` is called, once, with what is given back; `undefined` if it is not here. */
  hold(key: KeyId): Cell | undefined {
    const cell = this.#cells.get(key);
    if (cell === undefined) return undefined;
    cell.uses++;
    // The last one now.
    this.#cells.delete(key);
    this.#cells.set(key, cell);
    return cell;
  }

  /** The value, at once if it is in memory. Rejects if its file cannot be read. */
  valueOf(cell: Cell): Serialized | Promise<Serialized> {
    if (cell.value !== undefined) return cell.value;
    cell.reading ??= this.#read(cell).finally(() => {
      cell.reading = undefined;
    });
    return cell.reading;
  }

  release(cell: Cell): void {
    cell.uses--;
    this.#spill();
  }

  /** The process is so many bytes too large: as many are put in files. 0: it is not. */
  relieve(bytes: number): void {
    this.#pressure = bytes > 0 ? Math.max(0, this.#memoryBytes - bytes) : Number.POSITIVE_INFINITY;
    this.#spill();
  }

  /** Where the disk took nothing, it may do so now. */
  retry(): void {
    if (this.#isStuck) this.#spill(true);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#isSpilling) await this.#spilling;
  }

  /** Forgets everything. Resolves when no file is being written any more and all are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.settled();
    await Promise.allSettled([...this.#cells.values()].map((cell) => cell.reading));
    this.#cells.clear();
    this.#memoryBytes = this.#spilledBytes = this.#fileBytes = 0;
    await rm(this.#options.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  // ---------------------------------------------------------------- inside

  get #limit(): number {
    return Math.min(this.#options.target ?? Number.POSITIVE_INFINITY, this.#pressure);
  }

  #spill(isRetry = false): void {
    if (this.#isClosed || (this.#isStuck && !isRetry)) return;
    if (this.#memoryBytes <= this.#limit) return;
    if (this.#isSpilling) return;
    this.#isSpilling = true;
    this.#spilling = this.#spillSome();
  }

  async #spillSome(): Promise<void> {
    try {
      while (this.#memoryBytes > this.#limit && !this.#isClosed) {
        const cell = this.#oldest();
        if (cell === undefined) return;
        cell.file ??= await this.#write(cell.value!);
        // It may have been deleted, or be in use again, since.
        if (this.#cells.get(cell.key) !== cell) this.#forgetFile(cell);
        else if (cell.uses === 0 && cell.value !== undefined) this.#leave(cell);
      }
    } catch (error) {
      this.#isPrepared = false;
      if (!this.#isStuck) this.#options.onStuck(error as Error);
      this.#isStuck = true;
    } finally {
      // At once: what is put from now on begins anew.
      this.#isSpilling = false;
    }
  }

  #oldest(): Cell | undefined {
    for (const cell of this.#cells.values()) {
      if (cell.uses === 0 && cell.value !== undefined && cell.bytes >= LEAST_SPILLED) return cell;
    }
    return undefined;
  }

  async #write(value: Serialized): Promise<SpillFile> {
    if (!this.#isPrepared) prepareDirectory(this.#options.directory);
    this.#isPrepared = true;
    const path = join(this.#options.directory, String(this.#files++));
    const bytes = await writeSpillFile(path, value);
    this.#isStuck = false;
    this.#fileBytes += bytes;
    this.#writtenBytes += bytes;
    return { path, bytes };
  }

  #leave(cell: Cell): void {
    cell.value = undefined;
    this.#memoryBytes -= cell.bytes;
    this.#spilledBytes += cell.bytes;
    this.#options.onLeave(cell.key);
  }

  async #read(cell: Cell): Promise<Serialized> {
    const file = cell.file!;
    const value = await readSpillFile(file.path);
    this.#readBytes += file.bytes;
    if (this.#cells.get(cell.key) === cell) {
      cell.value = value;
      this.#spilledBytes -= cell.bytes;
      this.#memoryBytes += cell.bytes;
      this.#spill();
    }
    return value;
  }

  /** The file may be read at this moment: what is open can be read to its end all the same. */
  #forgetFile(cell: Cell): void {
    if (cell.file === undefined) return;
    this.#fileBytes -= cell.file.bytes;
    void rm(cell.file.path, { force: true }).catch(() => {});
    cell.file = undefined;
  }
}
