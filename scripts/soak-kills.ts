/**
 * The demo's computation on processes, again and again, while these are killed at random moments:
 * `npm run soak:kills -- [--kills n] [--days n] [--comparisons n] [--workers n] [--seed n]`. Every
 * run must find what `AsyncExecutor` finds, and at the end nothing may be left of the processes.
 */

import { parseArgs } from "node:util";
import { AsyncExecutor } from "dispatch-graph";
import { pipeline } from "../examples/flights/pipeline.ts";
import { prepare } from "../examples/flights/prepare.ts";
import build from "../test/support/build.ts";
import { killAtRandom } from "../test/support/kills.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    days: { type: "string", default: "100" },
    comparisons: { type: "string", default: "200" },
    workers: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
  },
});

build();
const { files, reference } = await prepare();
const { best } = pipeline(
  { files: files.slice(0, Number(values.days)), reference },
  { comparisons: Number(values.comparisons), seed: 2001 },
);
const usual = performance.now();
const expected = await new AsyncExecutor({ concurrency: 4 }).collect(best);
const began = performance.now();
const { kills, runs, ...left } = await killAtRandom({
  node: best,
  expected,
  kills: Number(values.kills),
  workers: Number(values.workers),
  seed: Number(values.seed),
  usual: began - usual,
  report: console.log,
});
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${runs} runs, ${kills} workers killed, ${seconds} s`);
for (const [what, found] of Object.entries(left)) {
  console.log(`${what}: ${found.join("; ") || "none"}`);
  if (found.length > 0) process.exitCode = 1;
}
