import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** Most bytes of one call: systems take somewhat less than 2 GiB. */
const MOST = 1 << 30;

/** The same bytes in views that one call can take. */
export function* portions(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += MOST) yield bytes.subarray(start, start + MOST);
}

/** Fills the file of this name with these bytes. If that fails, the file is gone. */
export function writeFile(path: string, pieces: readonly Uint8Array[]): void {
  fill(path, openSync(path, "w", 0o600), pieces, false);
}

/**
 * Puts a file with these bytes in the place of whatever has this name: all of it or, should this or
 * the machine fail, nothing.
 */
export function replaceFile(path: string, pieces: readonly Uint8Array[]): void {
  const directory = dirname(path);
  const partial = join(directory, `.${randomBytes(6).toString("hex")}${PARTIAL}`);
  fill(partial, openSync(partial, "wx", 0o666), pieces, true);
  try {
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

/** So that the name is as lasting as the bytes, where the system has a way to say that. */
function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  } catch {
    // The file is complete, and is there.
  }
}

/** End of the names of files that `replaceFile` has not finished; a killed process leaves them behind. */
export const PARTIAL = ".partial";

function fill(path: string, file: number, pieces: readonly Uint8Array[], lasting: boolean): void {
  try {
    try {
      for (const piece of pieces) writeAll(file, piece);
      if (lasting) fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (const portion of portions(bytes)) {
    for (let done = 0; done < portion.byteLength; ) done += writeSync(file, portion, done);
  }
}

/** Fills the memory with what comes next in the file; false if the file ends before. */
export function readAll(file: number, bytes: Uint8Array): boolean {
  for (const portion of portions(bytes)) {
    for (let done = 0; done < portion.byteLength; ) {
      const read = readSync(file, portion, done, portion.byteLength - done, null);
      if (read === 0) return false;
      done += read;
    }
  }
  return true;
}
