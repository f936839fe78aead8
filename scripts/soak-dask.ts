/**
 * The long mode of the test with lost workers: `npm run soak:dask -- [--minutes n] [--release r] [--seed first] [--seconds n] [--networks]`.
 * A new cluster, with the next seed, every `--seconds`. Ends with the first that goes wrong. With `--networks`, for root on
 * Linux, workers are on hosts of their own, as far as they can tell, and are cut off instead of killed.
 */

import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import build from "../test/support/build.ts";
import { chaos } from "./dask/chaos.ts";
import { type Counts, summed } from "./dask/chaos-counts.ts";
import { Cuts, HOSTS } from "./dask/chaos-cuts.ts";
import type { Victims } from "./dask/chaos-plague.ts";
import { prepare, RELEASES, type Release } from "./dask/environments.ts";
import { Networks } from "./dask/netns.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seconds: { type: "string", default: "60" },
    release: { type: "string", default: RELEASES[0] },
    seed: { type: "string", default: "1" },
    networks: { type: "boolean", default: false },
  },
});
const release = RELEASES.find((one) => one === values.release) as Release | undefined;
if (release === undefined) throw new TypeError(`--release must be one of ${RELEASES.join(", ")}`);

build();
await prepare(console.error);
const milliseconds = Number(values.seconds) * 1000;
const end = performance.now() + Number(values.minutes) * 60_000;
const all: Counts[] = [];
const networks = values.networks ? await createNetworks() : undefined;
for (let seed = Number(values.seed); performance.now() < end && !process.exitCode; seed++) {
  console.log(`dask.distributed ${release}, seed ${seed}`);
  const next = performance.now() + milliseconds;
  const { counts, log, ...bad } = await chaos({
    enough: () => performance.now() > next,
    ...{ release, seed, limit: 120_000 },
    ...(networks && {
      host: networks.address,
      config: { "distributed.scheduler.worker-ttl": "6s" },
      trouble: (victims: Victims) => new Cuts(networks, victims),
    }),
  });
  all.push(counts);
  console.log(`seed ${seed}: ${counts}`);
  for (const [what, found] of Object.entries(bad)) {
    console.log(`${what}: ${found.length}`);
    for (const one of found.slice(0, 10)) console.log(`  ${one}`);
    if (found.length > 0) process.exitCode = 1;
  }
  if (process.exitCode) {
    const file = join(tmpdir(), `scheduler-${process.pid}.log`);
    writeFileSync(file, log);
    console.log(`the scheduler's log is ${file}`);
  }
}
console.log(`in all: ${summed(all)}`);
await networks?.[Symbol.asyncDispose]();

async function createNetworks(): Promise<Networks> {
  try {
    const networks = await Networks.create(HOSTS);
    // The system would keep them.
    const end = (): void => void networks[Symbol.asyncDispose]().then(() => process.exit(1));
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, end);
    return networks;
  } catch (error) {
    console.log(`this machine has no networks for single processes: ${(error as Error).message.trim()}`);
    process.exit(0);
  }
}
