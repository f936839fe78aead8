import { expect, test } from "vitest";
import { Coverage, WorkerCoverage } from "../support/coverage.ts";
import { simulate } from "../support/simulate.ts";

const LIFETIMES = 2000;

/**
 * Pairs of state and event that so few lifetimes reach only by luck. Each has a test of its own
 * in `scheduler/late-reports.test.ts` and `worker/state.test.ts`.
 */
const RARE =
  /^(erred|memory|queued|processing|waiting) × (late |missing-data, missing input)|^flying × (free|taken)$|^unknown × (failed|shared)$/;

test(`${LIFETIMES} lifetimes of clusters with lost workers, failing tasks and overtaking messages`, () => {
  const first =
    process.env.SEED === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(process.env.SEED);
  const coverage = new Coverage();
  const workerCoverage = new WorkerCoverage();
  let deaths = 0;
  for (let seed = first; seed < first + LIFETIMES; seed++) {
    deaths += simulate(seed, coverage, workerCoverage).deaths;
  }

  console.log(`simulation: seeds ${first} to ${first + LIFETIMES - 1}, ${deaths} workers lost`);
  for (const { missed, rare, impossible, reached } of [coverage.judge(), workerCoverage.judge()]) {
    console.log(
      `${reached} pairs of state and event reached, ${missed.length} never` +
        `${missed.length > 0 ? ` (${missed.join(", ")})` : ""}, ${rare.length} less than 10 times`,
    );
    expect(impossible).toEqual([]);
    expect(missed.filter((pair) => !RARE.test(pair))).toEqual([]);
  }
  expect(deaths).toBeGreaterThan(LIFETIMES / 2);
}, 120_000);

test("a seed stands for one lifetime", () => {
  expect(simulate(7)).toEqual(simulate(7));
});
