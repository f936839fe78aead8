/** How results get into files and back: called as tasks, by whoever has a result or needs it. */

import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { asError } from "../errors.ts";
import { messageOf } from "../shown.ts";
import { readData, writeData } from "../store/data-file.ts";
import type { Note } from "../store/value-file.ts";

/**
 * Writes a result into a file, whose directory is made if there is none.
 * @returns why it could not be written, if so: never throws, as the result itself is there
 */
export function keepValue(value: unknown, path: string, note: Note): string | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeData(value, path, note);
    return undefined;
  } catch (error) {
    const { cause } = error as Error;
    return messageOf(asError(cause ?? error));
  }
}

/**
 * The result in a file.
 * @param held where it is while the run goes on that found it
 * @param path where it is else: for what is lost when the run is over
 * @throws ValueFileError: the file is missing or damaged
 */
export function readKept(held: string, path: string): unknown {
  return readData(existsSync(held) ? held : path);
}
