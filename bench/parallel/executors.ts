import type { Library } from "../library.ts";
import type { LoadedBuild } from "./part.ts";
import { WORKERS } from "./raw-pool.ts";

type ParallelExecutor = InstanceType<Library["ParallelExecutor"]>;

export const KINDS = ["threads", "processes"] as const;
export type Kind = (typeof KINDS)[number];

/** A build of the library with an executor on two workers, threads or processes. */
export interface StartedExecutor {
  readonly name: string;
  readonly kind: Kind;
  readonly library: Library;
  readonly executor: ParallelExecutor;
}

/** An executor of either kind per build. All workers have been started. */
export async function startExecutors(builds: readonly LoadedBuild[]): Promise<StartedExecutor[]> {
  const started = builds.flatMap(({ name, library }) =>
    KINDS.map((kind) => ({
      name: `${name} ${kind}`,
      kind,
      library,
      executor: new library.ParallelExecutor({ workers: WORKERS, kind }),
    })),
  );
  for (const { library, executor } of started) {
    await executor.run(executor.workers.map(({ id }) => library.op(ready).with({ workers: [id] })));
  }
  return started;
}

export async function closeExecutors(started: readonly StartedExecutor[]): Promise<void> {
  await Promise.all(started.map(({ executor }) => executor.close()));
}

function ready(): boolean {
  return true;
}
