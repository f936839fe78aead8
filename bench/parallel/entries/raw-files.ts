/**
 * What the disk gives without the library: files of one size, written one after the other and then
 * read, each from and into memory of its own. Its only argument is a `RawFiles` as JSON.
 */

import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Traffic } from "./out-of-core.ts";

export interface RawFiles {
  readonly directory: string;
  /** What the names of these files begin with. */
  readonly prefix: string;
  readonly files: number;
  readonly bytes: number;
}

const { directory, prefix, files, bytes }: RawFiles = JSON.parse(process.argv[2]!);
const paths = Array.from({ length: files }, (_, i) => join(directory, `${prefix}${i}`));

const write = timed(paths, (path) => {
  const data = Buffer.alloc(bytes, 1);
  return () => whole(path, "wx", (file, from) => writeSync(file, data, from));
});
const read = timed(paths, (path) => () => {
  const data = Buffer.allocUnsafeSlow(bytes);
  whole(path, "r", (file, from) => readSync(file, data, from, bytes - from, null));
});
for (const path of paths) rmSync(path);
process.send!({ write, read }, () => process.exit());

function whole(path: string, flags: string, move: (file: number, from: number) => number): void {
  const file = openSync(path, flags);
  for (let from = 0; from < bytes; ) from += move(file, from);
  closeSync(file);
}

/** @param prepare what comes before is not measured, what it returns is */
function timed(all: readonly string[], prepare: (path: string) => () => void): Traffic {
  let milliseconds = 0;
  for (const path of all) {
    const run = prepare(path);
    const began = performance.now();
    run();
    milliseconds += performance.now() - began;
  }
  return { bytes: bytes * all.length, milliseconds };
}
