import { styleText } from "node:util";
import { NoPythonError, prepare } from "../../scripts/dask/environments.ts";

/** Before all tests: the releases of dask.distributed are there, or it is said loudly that they are not. */
export default async function setup(): Promise<void> {
  try {
    await prepare((line) => console.error(line));
  } catch (error) {
    if (!(error instanceof NoPythonError) || process.env.CI === "true") throw error;
    console.error(styleText(["bold", "red"], `ALL TESTS WITH DASK ARE SKIPPED: ${error.message}`));
  }
}
