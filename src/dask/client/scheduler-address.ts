import { shown } from "../../shown.ts";

/** Where the scheduler is, or what knows it: a `LocalCluster`. */
export type SchedulerAddress = string | { readonly address: string };

const DEFAULT = "tcp://127.0.0.1:8786";

/**
 * The address as text. Default: that in the environment variable `DASK_SCHEDULER_ADDRESS`, or `tcp://127.0.0.1:8786`.
 * @throws {TypeError} if it is neither of both
 */
export function addressOf(given: SchedulerAddress | undefined): string {
  const address: unknown = typeof given === "object" && given !== null ? given.address : given;
  if (address === undefined) return process.env.DASK_SCHEDULER_ADDRESS ?? DEFAULT;
  if (typeof address === "string") return address;
  throw new TypeError(`the address of a scheduler must be a string, got ${shown(given)}`);
}
