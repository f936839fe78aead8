import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { CollectNode, DependencyError, delayed, type Executor } from "../../src/index.ts";
import { UsageError } from "../arguments.ts";
import { prepare } from "../flights/prepare.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import { pipeline } from "./pipeline.ts";
import { findingsText, resourcesText } from "./print.ts";
import { COLUMNS } from "./table.ts";

async function demo({ days, createExecutor, spillDirectory }: Options): Promise<void> {
  const { files, reference } = await prepare();
  const findings = pipeline({ files: files.slice(0, days), reference });

  const executor = await createExecutor();
  try {
    const began = performance.now();
    const found = await executor.collect(findings);
    const elapsed = performance.now() - began;
    console.log(findingsText(found));
    const bytes = 8 * COLUMNS.length * found.flights;
    console.log(`\n${resourcesText(elapsed, executor.stats(), bytes, await peaksOf(executor))}`);
  } finally {
    await executor.close();
  }
  if (spillDirectory !== undefined) {
    // If nothing was spilled, it has not even been made.
    const left = existsSync(spillDirectory) ? await readdir(spillDirectory) : [];
    console.log(`Left in ${spillDirectory}: ${left.length} files`);
  }
}

/** Threads are in this process; of processes each is asked, by a task that only it may run. */
async function peaksOf(executor: Executor): Promise<[string, number][]> {
  const here: [string, number] = ["this process", peakMemory()];
  const ids = executor.workers.filter(({ pid }) => pid !== process.pid).map(({ id }) => id);
  if (ids.length === 0) return [here];
  const peaks = ids.map((id) => delayed(peakMemory, { workers: [id] })());
  const all = await executor.collect(new CollectNode(peaks));
  return [...ids.map((id, i): [string, number] => [id, all[i]!]), here];
}

/** Bytes. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

try {
  const options = readOptions();
  if (options.help) console.log(HELP);
  else await demo(options);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof DependencyError)) throw error;
  console.error(error instanceof UsageError ? `${error.message}; --help shows the options` : error.message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
