import { expect, it } from "vitest";
import { chaos } from "../../../scripts/dask/chaos.ts";
import type { Counts } from "../../../scripts/dask/chaos-counts.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";

/** How long a single graph may take, in milliseconds. */
const LIMIT = 30_000;

/** On an idle machine that is so after some 10 s. */
const enough = ({ killed, results, failures }: Counts): boolean => killed >= 3 && results + failures >= 80;

describeDask.each(RELEASES)("on release %s, while workers are lost", { timeout: 120_000 }, (release) => {
  // One of them with queues on the scheduler, one without.
  it.each([1, 2])("all results are right, and nothing is left (seed %i)", async (seed) => {
    const { counts: _, log, ...bad } = await chaos({ release, seed, enough, limit: LIMIT });
    expect(bad, log).toEqual({ wrong: [], hangs: [], mistakes: [], complaints: [], left: [] });
  });
});
