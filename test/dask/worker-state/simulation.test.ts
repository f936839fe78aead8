import { describe, expect, test } from "vitest";
import { DaskCoverage } from "../../support/dask-coverage.ts";
import { simulateDask } from "../../support/dask-simulate.ts";
import { stormDask } from "../../support/dask-storm.ts";

/** More for a soak: `DASK_LIFETIMES=100000`. */
const LIFETIMES = Number(process.env.DASK_LIFETIMES ?? 1000);

/** All pairs of state and event are reached by that many storms; fewer miss some of the rare ones. */
const ENOUGH_FOR_ALL = 30_000;
const MISSED_BY_FEW = 25;

function firstSeed(): number {
  return process.env.SEED === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(process.env.SEED);
}

describe("a dask worker's state machine", () => {
  test(`${LIFETIMES} lifetimes with an honest scheduler, lost workers, thieves and lost values`, () => {
    const first = firstSeed();
    const coverage = new DaskCoverage();
    let deaths = 0;
    for (let seed = first; seed < first + LIFETIMES; seed++) deaths += simulateDask(seed, coverage).deaths;
    const { impossible, missed, reached } = coverage.judge();
    console.log(
      `dask simulation: seeds ${first} to ${first + LIFETIMES - 1}, ${deaths} workers lost; ` +
        `${reached} pairs of state and event reached, ${missed.length} never`,
    );
    expect(impossible).toEqual([]);
    expect(deaths).toBeGreaterThan(LIFETIMES / 4);
  }, 600_000);

  test(`${LIFETIMES} storms: a scheduler that says anything at any time`, () => {
    const first = firstSeed();
    const coverage = new DaskCoverage();
    for (let seed = first; seed < first + LIFETIMES; seed++) stormDask(seed, coverage);
    const { impossible, missed, reached } = coverage.judge();
    console.log(
      `dask storms: seeds ${first} to ${first + LIFETIMES - 1}; ${reached} pairs reached, ` +
        `${missed.length} never (${missed.join(", ")})`,
    );
    expect(impossible).toEqual([]);
    expect(missed.length).toBeLessThanOrEqual(LIFETIMES < ENOUGH_FOR_ALL ? MISSED_BY_FEW : 0);
  }, 600_000);

  test("a seed stands for one lifetime", () => {
    expect(simulateDask(7)).toEqual(simulateDask(7));
  });
});
