import { inspect } from "node:util";
import type { SchedulerClient } from "../../src/dask/client/scheduler-client.ts";
import { type KeyId, keyOf } from "../../src/dask/protocol/key.ts";

/** So many keys are looked at. */
const MOST = 12;

/** What the scheduler and the workers know of keys that somebody waits for in vain, or of all that have no result. */
export async function stories(client: SchedulerClient, wanted: readonly KeyId[]): Promise<string> {
  const holders = await client.whoHas();
  const idle = [...holders].filter(([, workers]) => workers.length === 0).map(([key]) => key);
  const keys = [...new Set([...wanted.filter((key) => !holders.get(key)?.length), ...idle])]
    .slice(0, MOST)
    .map(keyOf);
  const asked = { keys_or_stimuli: keys };
  const found = {
    states: await client.call("get_task_status", { keys }),
    processing: await client.call("processing", {}),
    workers: (await client.schedulerInfo()).workers.map(({ address, name, status }) => ({
      address,
      name,
      status,
    })),
    scheduler: await client.call("get_story", asked),
    ofWorkers: await client.call("broadcast", { msg: { op: "get_story", ...asked }, on_error: "ignore" }),
  };
  return inspect(found, { depth: 8, breakLength: 200, maxArrayLength: 300, maxStringLength: 500 });
}
