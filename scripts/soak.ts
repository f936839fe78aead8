/**
 * The long mode of the simulation: `npm run soak -- [--lifetimes n] [--seed first]`. Prints every
 * seed that fails, and at the end which pairs of state and event were never or hardly reached.
 */

import { parseArgs } from "node:util";
import { Coverage, WorkerCoverage } from "../test/support/coverage.ts";
import { simulate } from "../test/support/simulate.ts";

const { values } = parseArgs({
  options: { lifetimes: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const lifetimes = Number(values.lifetimes);
const first = Number(values.seed);
const coverage = new Coverage();
const workerCoverage = new WorkerCoverage();
const began = performance.now();
let failed = 0;
let turns = 0;
let deaths = 0;

for (let i = 0; i < lifetimes; i++) {
  try {
    const lifetime = simulate(first + i, coverage, workerCoverage);
    turns += lifetime.turns;
    deaths += lifetime.deaths;
  } catch (error) {
    failed++;
    console.error(error);
  }
  if ((i + 1) % 50_000 === 0) console.log(`${i + 1} lifetimes, ${failed} failed`);
}

const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  `seeds ${first} to ${first + lifetimes - 1}: ${lifetimes} lifetimes, ${turns} turns, ` +
    `${deaths} workers lost, ${failed} failed, ${seconds} s`,
);
process.exitCode = failed > 0 ? 1 : 0;
for (const { missed, rare, impossible } of [coverage.judge(), workerCoverage.judge()]) {
  console.log(`pairs of state and event never reached: ${missed.join(", ") || "none"}`);
  console.log(`reached less than 10 times: ${rare.join(", ") || "none"}`);
  console.log(`reached although thought impossible: ${impossible.join(", ") || "none"}`);
  if (impossible.length > 0) process.exitCode = 1;
}
