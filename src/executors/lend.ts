import { asAsyncTask } from "../context.ts";
import { evaluate, isThenable } from "../task.ts";
import { Chunk } from "./chunk.ts";
import { LentResults } from "./lent-results.ts";
import type { Run } from "./run.ts";

/**
 * Calls a meta task's function with chunks of its dependencies' results, which are void when it has ended.
 * @param resultOf the value of a task, or who has it
 * @param end called with what the function returned, while the chunks are good; what it returns is the result
 * @returns the result, or a promise of it
 * @throws what the function throws
 */
export function lend(
  run: Run,
  task: number,
  resultOf: (task: number) => unknown,
  end: (outcome: unknown) => unknown,
): unknown {
  const { graph } = run;
  const lent = new LentResults(run.executor, graph.info(task).label, resultOf);
  const start = graph.dependencyStart[task]!;
  const stop = graph.dependencyStart[task + 1]! - (graph.orderOnly.get(task) ?? 0);
  const chunks = Array.from(graph.dependencies.subarray(start, stop), (dependency) => {
    return new Chunk(run.id, dependency, graph.info(dependency).label, lent, dependency);
  });
  const positions = Int32Array.from(chunks.keys());
  const call = (): unknown =>
    evaluate(graph.fns[task]!, graph.args[task], chunks, positions, 0, chunks.length);
  let outcome: unknown;
  try {
    outcome = asAsyncTask(run, task, call);
    if (!isThenable(outcome)) outcome = end(outcome);
    else outcome = run.limited(task, Promise.resolve(outcome).then(end));
  } catch (error) {
    lent.end();
    throw error;
  }
  if (isThenable(outcome)) return Promise.resolve(outcome).finally(() => lent.end());
  lent.end();
  return outcome;
}
