import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Chunk, DispatchNode, Executor } from "dispatch-graph";
import { afterEach } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { type Store, storeOf } from "../../src/worker/store.ts";

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A directory for one test. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "spill-test-"));
  directories.push(directory);
  return directory;
}

/** Where a worker's files are in it. */
export const filesIn = (directory: string, worker = 0): string =>
  join(directory, "dispatch-graph", "executor", String(worker));

/** The store of a worker, which puts nothing on disk if no limit is given. */
export function testStore(
  limit: number = Infinity,
  spillDirectory: string | undefined = undefined,
  library: Library = new Library("worker"),
): Store {
  return storeOf(
    { index: 0, name: "worker-1", concurrency: 1, sharesMemory: true, memoryLimit: limit, spillDirectory },
    library,
  );
}

/** The files below a directory. */
export function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
    (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.isFile() === true,
  );
}

/** The chunks of many results, all of which the workers hold. */
export async function hold<T>(executor: Executor, nodes: readonly DispatchNode<T>[]): Promise<Chunk<T>[]> {
  const results = await executor.run([...nodes]);
  return results.map(({ chunk }) => chunk as Chunk<T>);
}
