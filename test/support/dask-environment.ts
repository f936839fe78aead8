import { describe } from "vitest";
import { isPrepared, RELEASES } from "../../scripts/dask/environments.ts";

export { pythonOf, RELEASES, type Release } from "../../scripts/dask/environments.ts";

/** The release to test with where one is enough, and the oldest that must work. */
export const [NEWEST, OLDEST] = RELEASES;

/**
 * `describe` for tests that need Python; these are skipped where there is none (but not if `CI` is
 * `true`). `describeDask.each(RELEASES)("… of %s", (release) => …)` for all releases.
 */
export const describeDask = describe.runIf(isPrepared());
