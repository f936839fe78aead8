import { AsyncExecutor } from "dispatch-graph";
import { expect, test } from "vitest";
import { pipeline } from "../../examples/flights/pipeline.ts";
import { prepare } from "../../examples/flights/prepare.ts";
import { killAtRandom } from "../support/kills.ts";

test("the demo finds the same while its processes are killed, of which nothing is left", async () => {
  const { files, reference } = await prepare();
  const { best } = pipeline({ files: files.slice(0, 8), reference }, { comparisons: 12, seed: 2001 });
  const began = performance.now();
  const expected = await new AsyncExecutor({ concurrency: 4 }).collect(best);
  const usual = performance.now() - began;
  const report = await killAtRandom({ node: best, expected, kills: 5, workers: 2, seed: 7, usual });
  expect(report).toMatchObject({ kills: 5, wrong: [], processes: [], files: [], resources: [] });
});
