import { setTimeout as sleep } from "node:timers/promises";
import { SchedulerClient } from "../../src/dask/client/scheduler-client.ts";
import type { DaskConfig } from "../../src/dask/local-cluster/scheduler-process.ts";
import { startScheduler } from "../../test/support/dask-scheduler.ts";
import { Random } from "../../test/support/random.ts";
import { Counts } from "./chaos-counts.ts";
import { KeyRounds } from "./chaos-keys.ts";
import { Plague, type Trouble, type Victims } from "./chaos-plague.ts";
import { RunRounds } from "./chaos-runs.ts";
import { stories } from "./chaos-stories.ts";
import { ChaosWorkers } from "./chaos-workers.ts";
import type { Release } from "./environments.ts";

export interface ChaosOptions {
  readonly release: Release;
  readonly seed: number;
  /** True if so much has happened that it can end, which takes a few seconds more. */
  readonly enough: (counts: Counts) => boolean;
  /** How long a single graph may take. */
  readonly limit: number;
  /** What happens to workers; if not given, all that can happen on one machine. */
  readonly trouble?: (victims: Victims) => Trouble;
  /** Where the scheduler listens, if not on the loopback device. */
  readonly host?: string;
  readonly config?: DaskConfig;
}

/** What came of it; everything but the counts is to be empty. */
export interface ChaosReport {
  readonly counts: Counts;
  readonly wrong: readonly string[];
  /** Graphs that did not come to an end in time, with their stories. */
  readonly hangs: readonly string[];
  /** Lines of the scheduler's log that should not be there. */
  readonly mistakes: readonly string[];
  /** What workers said, or how they ended, if they should not have. */
  readonly complaints: readonly string[];
  /** Tasks that somebody still has when nobody wants any. */
  readonly left: readonly string[];
  /** The scheduler's. */
  readonly log: string;
}

interface Rounds {
  readonly waitsFor?: readonly string[];
  round(): Promise<void>;
  close(): Promise<void>;
}

/** How long it may take until all workers have forgotten what nobody wants, and how often that is looked at. In milliseconds. */
const FORGET_LIMIT = 10_000;
const LOOK_AGAIN = 200;

/**
 * A real scheduler that checks itself, workers that check themselves and are lost all the time, and clients that compute graphs
 * meanwhile, whose results are compared with what must come of them. The same seed does the same things, but what
 * meets what is a matter of chance.
 */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { release, seed, enough, limit, host, config } = options;
  const { trouble = (victims: Victims) => new Plague(victims) } = options;
  const random = new Random(seed);
  const counts = new Counts();
  const hangs: string[] = [];
  await using scheduler = await startScheduler({
    release,
    errorsExpected: true,
    ...(host !== undefined && { host }),
    config: {
      "distributed.scheduler.worker-saturation": seed % 2 === 0 ? "inf" : "1.1",
      // No task is to be blamed for what happens to its workers.
      "distributed.scheduler.allowed-failures": 1000,
      ...config,
    },
  });
  const { address } = scheduler;
  const workers = new ChaosWorkers({
    scheduler: address,
    worker: { threads: 1 + (seed % 3), memoryLimit: 0 },
  });
  await using client = new SchedulerClient(address);
  const seedOf = (): Random => new Random(random.below(2 ** 30));
  const keyed = [1, 2].map((i) => new KeyRounds(address, `client-${i}`, seedOf(), counts));
  const runs = [1, 2].map(() => new RunRounds(address, seedOf(), counts));
  const troubling = trouble({ workers, client, keyed, random: seedOf(), counts });

  let isOver = false;
  const watched = async (rounds: Rounds, doing: Promise<void>): Promise<void> => {
    const hung = Symbol();
    const watch = new AbortController();
    const late = sleep(limit, hung, { signal: watch.signal }).catch(() => undefined);
    try {
      if ((await Promise.race([doing, late])) !== hung) return;
      hangs.push(`after ${limit} ms: ${await stories(client, rounds.waitsFor ?? [])}`);
    } catch (error) {
      counts.wrong.push((error as Error).stack ?? String(error));
    } finally {
      watch.abort();
    }
  };
  const everybody: readonly Rounds[] = [...keyed, ...runs];
  const repeat = async (rounds: Rounds): Promise<void> => {
    for (; !isOver; counts.rounds++) await watched(rounds, rounds.round());
  };

  try {
    const troubled = troubling.run();
    const repeating = Promise.all(everybody.map(repeat));
    const isGood = (): boolean => hangs.length + counts.wrong.length + workers.complaints.length === 0;
    while (isGood() && !enough(counts)) await sleep(LOOK_AGAIN);
    isOver = true;
    troubling.end();
    await Promise.all([troubled, repeating]);
    await Promise.all(everybody.map((rounds) => watched(rounds, rounds.close())));
    const left =
      hangs.length === 0 ? await leftOf(client, new Set(keyed.flatMap(({ orphans }) => [...orphans]))) : [];
    await Promise.all(workers.alive.slice(1).map((worker) => workers.leave(worker)));
    return {
      counts,
      wrong: counts.wrong,
      hangs,
      mistakes: withoutOwn(scheduler.mistakes(), scheduler.log()),
      complaints: workers.complaints,
      left,
      log: scheduler.log(),
    };
  } finally {
    await workers.close();
  }
}

/** The scheduler's own mistake: a worker that is removed while values are scattered to it. */
const SCATTERED_TO_NOBODY = /in update_data\n +ws = self\.workers\[w\]\n(?:[ ~^]+\n)?(KeyError: .*)/g;

function withoutOwn(mistakes: readonly string[], log: string): string[] {
  const own = new Set([...log.matchAll(SCATTERED_TO_NOBODY)].map(([, line]) => line));
  return mistakes.filter((line) => !own.has(line));
}

/** What the scheduler and the workers have not forgotten in time, with its story. */
async function leftOf(client: SchedulerClient, orphans: ReadonlySet<string>): Promise<string[]> {
  for (const end = performance.now() + FORGET_LIMIT; ; await sleep(LOOK_AGAIN)) {
    const left = [...(await client.whoHas())]
      .filter(([key]) => !orphans.has(key))
      .map(([key, holders]) => `${key} at ${holders.join(", ")}`);
    const held = (await client.call("broadcast", { msg: { op: "keys" } })) as ReadonlyMap<
      string,
      readonly string[]
    >;
    for (const [worker, keys] of held) {
      left.push(...keys.filter((key) => !orphans.has(key)).map((key) => `${key}, which ${worker} has`));
    }
    if (left.length === 0) return left;
    if (performance.now() > end) return [...left, await stories(client, [...held.values()].flat())];
  }
}
