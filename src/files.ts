import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DependencyError } from "./errors.ts";
import { Chunk } from "./executors/chunk.ts";
import { FileNode } from "./nodes/file-node.ts";
import { delayed } from "./op.ts";
import { shown } from "./shown.ts";
import { readData, writeData } from "./store/data-file.ts";

/**
 * Writes the value of a chunk into a file: by the worker that holds it, with a checksum, and all of it or
 * nothing. What was there under this name is replaced only when it is complete.
 *
 * Values may be of everything that is data: what structured clone carries, Buffers and objects without
 * prototype as well, but no functions, and no instances of classes.
 *
 * @param path relative to the current directory of this process; its directory must exist
 * @throws ValueFileError: the value is not data alone, or the system refuses (`cause`)
 * @throws ReleasedError when the chunk has been released
 */
export async function save(chunk: Chunk, path: string | URL): Promise<void> {
  if (!(chunk instanceof Chunk)) throw new TypeError(`save(chunk, path) takes a chunk, got ${shown(chunk)}`);
  const label = `save ${chunk.label}`;
  try {
    await chunk.source.executor.collect(delayed(writeData, { label })(chunk, absolute(path)));
  } catch (error) {
    // There is one task: its own error says everything.
    throw error instanceof DependencyError ? error.cause : error;
  }
}

/**
 * A node of the value in a file that `save` has written. The worker that runs the node reads it, and verifies
 * its checksum; a file that is missing or damaged is a `ValueFileError`.
 *
 * @param path relative to the current directory of this process
 */
export function load<T = unknown>(path: string | URL): FileNode<T> {
  return new FileNode("load", readData, absolute(path));
}

/**
 * A node of what `read` makes of a file: the worker that runs the node calls it with the absolute path. The
 * file itself is never changed or deleted.
 *
 * ```ts
 * const rows = fileRef("rows.csv", { read: async (path) => parse(await readFile(path, "utf8")) });
 * ```
 *
 * @param path relative to the current directory of this process
 */
export function fileRef<R>(
  path: string | URL,
  { read }: { readonly read: (path: string) => R },
): FileNode<Awaited<R>> {
  if (typeof read !== "function")
    throw new TypeError(`fileRef(path, { read }): read must be a function, got ${shown(read)}`);
  return new FileNode("read", read, absolute(path));
}

function absolute(path: string | URL): string {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path === "string" && path !== "") return resolve(path);
  throw new TypeError(`a path must be a string or a file URL, got ${shown(path)}`);
}
