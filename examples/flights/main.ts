import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { DaskExecutor } from "../../src/dask/index.ts";
import { DataNode, DependencyError, type Executor, op, ParallelExecutor } from "../../src/index.ts";
import { UsageError } from "../arguments.ts";
import { draw } from "./draw.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import { type Pipeline, pipeline } from "./pipeline.ts";
import { prepare } from "./prepare.ts";
import { failureText, findingsText, missingText, stagesText, workersText } from "./print.ts";
import { Stages } from "./stages.ts";
import { type Findings, reduction } from "./tasks.ts";

async function demo(options: Options): Promise<void> {
  await mkdir(options.out, { recursive: true });
  const { files, reference } = await prepare();
  const used = files.slice(0, options.days);
  if (options.badFile) await damageOne(used, options.out);

  const graph = pipeline({ files: used, reference }, options);
  await draw(graph.best, options.out, "graph");
  const small = pipeline({ files: used.slice(0, 10), reference }, { ...options, comparisons: 8 });
  await draw(small.best, options.out, "graph-small");
  const drawing = join(relative(".", options.out), "graph.svg");
  console.log(`The graph is drawn in ${drawing}, and a small one of its kind in graph-small.svg.\n`);

  await using executor = await options.createExecutor();
  const stages = new Stages();
  executor.on("task", stages.follow);
  const began = performance.now();
  try {
    const found = await (options.keepGoing
      ? keepGoing(executor, graph, stages)
      : executor.collect(graph.best));
    if (found !== undefined) console.log(findingsText(found));
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    fail(failureText(error));
  }
  const elapsed = performance.now() - began;
  console.log(`\n${stagesText(stages, elapsed, !(executor instanceof DaskExecutor))}`);
  if (executor instanceof ParallelExecutor) console.log(`\n${workersText(executor, elapsed)}`);
}

/** The reduction needs every comparison. So these are run for themselves, and then reduced as far as they succeeded. */
async function keepGoing(
  executor: Executor,
  { compared }: Pipeline,
  stages: Stages,
): Promise<Findings | undefined> {
  const results = await executor.run(compared, { throwError: false });
  const errors = results.filter(({ ok }) => !ok).map((result) => result.unwrapError());
  if (errors.length > 0) {
    // Many comparisons may lack the same file.
    const failures = new Map(errors.map((error) => [error.cause, error]));
    fail(`${[...failures.values()].map(failureText).join("\n")}\n${missingText(stages)}\n`);
  }

  const left = await Promise.all(results.filter(({ ok }) => ok).map((result) => result.fetch()));
  if (left.length === 0) return undefined;
  return executor.collect(op(reduction, new DataNode(left, { label: "comparisons left" })));
}

/** Puts a damaged copy in the place of the file in the middle: only its first half, as after an interrupted download. */
async function damageOne(files: string[], folder: string): Promise<void> {
  const index = Math.floor(files.length / 2);
  const file = files[index]!;
  const content = await readFile(file);
  await mkdir(join(folder, "damaged"), { recursive: true });
  const damaged = join(folder, "damaged", basename(file));
  await writeFile(damaged, content.subarray(0, content.length / 2));
  files[index] = damaged;
}

function fail(text: string): void {
  console.error(text);
  process.exitCode = 1;
}

try {
  const options = readOptions();
  if (options.help) console.log(HELP);
  else await demo(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}; --help shows the options`);
  process.exitCode = 2;
}
