import { DaskVersionError } from "../../errors.ts";

/** What differs between releases of the scheduler. */
export interface Profile {
  /** As the scheduler says it: "2026.8.0". */
  readonly release: string;
  /** How `update-graph` carries the graph: `frames` up to 2025.3, `expression` from 2025.4.0 on. */
  readonly graph: "frames" | "expression";
  /** `long-running` has the field `run_id`: from 2025.2.0 on. */
  readonly longRunningRunId: boolean;
  /** `cancel-keys` has the fields `reason` and `msg`: from 2025.3.0 on. */
  readonly cancelReason: boolean;
  /** `identity` takes `n_workers`: from 2025.4.0 on. */
  readonly identityCount: boolean;
}

/** The first release that is supported. */
const OLDEST_RELEASE = "2024.12.1";

/**
 * How to talk to a scheduler of this release, as the reply to `versions` has it in
 * `packages.distributed`. Releases newer than all known are taken for the newest. Throws a
 * `DaskVersionError` for those before 2024.12.1, and for what is no release.
 */
export function profileOf(release: string): Profile {
  const number = numberOf(release);
  if (number === undefined || number < numberOf(OLDEST_RELEASE)!) {
    throw new DaskVersionError(
      `the scheduler is dask.distributed ${release}; ${OLDEST_RELEASE} and newer releases are supported`,
    );
  }
  const since = (first: string) => number >= numberOf(first)!;
  return {
    release,
    graph: since("2025.4.0") ? "expression" : "frames",
    longRunningRunId: since("2025.2.0"),
    cancelReason: since("2025.3.0"),
    identityCount: since("2025.4.0"),
  };
}

/** "2024.12.1" and what is made of it ("2024.12.1+5.gabc", "2024.12.1rc1") as a number that can be compared. */
function numberOf(release: string): number | undefined {
  const match = /^(\d{4})\.(\d{1,2})\.(\d{1,4})/.exec(release);
  return match === null ? undefined : (Number(match[1]) * 100 + Number(match[2])) * 10_000 + Number(match[3]);
}
