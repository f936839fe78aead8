/**
 * `npm run dask:environment` installs the releases of dask.distributed that the tests need, if they are
 * not there, and prints the Python of each.
 */

import { prepare, pythonOf, RELEASES } from "./dask/environments.ts";

await prepare(console.error);
for (const release of RELEASES) console.log(release, pythonOf(release));
