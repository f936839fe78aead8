import type { Work } from "./virtual-cluster.ts";

/** What an exhaustive search looks at on its way: tasks and workers are bits. */
interface Moment {
  readonly now: number;
  readonly done: number;
  /** Tasks that have begun, those that are done included. */
  readonly begun: number;
  /** By worker: the results that it has. */
  readonly held: readonly number[];
  /** By worker: the task that it runs, or -1, and when that ends. */
  readonly runs: readonly number[];
  readonly ends: readonly number[];
  readonly moved: number;
}

/**
 * The fewest bytes that any work-conserving schedule moves: one in which a task starts whenever a
 * worker is free and a task is ready. Looks at every choice of task and worker, so for small graphs only.
 * @param workers how many; each runs one task at once
 * @param latest schedules that end later do not count
 */
export function fewestBytesMoved(
  { graph, durations, sizes }: Work,
  workers: number,
  latest: number = Infinity,
): number {
  const { size, dependencyStart, dependencies } = graph;
  const inputs = durations.map((_, t) =>
    dependencies.subarray(dependencyStart[t], dependencyStart[t + 1]).reduce((set, d) => set | (1 << d), 0),
  );
  const all = (1 << size) - 1;
  let best = Infinity;
  const seen = new Map<string, number>();

  const bytesOf = (set: number): number => {
    let bytes = 0;
    for (let t = 0; t < size; t++) if ((set & (1 << t)) !== 0) bytes += sizes?.[t] ?? 1;
    return bytes;
  };

  const visit = (moment: Moment): void => {
    const { now, done, begun, held, runs, ends, moved } = moment;
    if (moved >= best || now > latest) return;
    if (done === all) {
      best = moved;
      return;
    }
    const key = `${now} ${done} ${held} ${runs} ${ends}`;
    if ((seen.get(key) ?? Infinity) <= moved) return;
    seen.set(key, moved);

    const free = runs.flatMap((task, worker) => (task < 0 ? [worker] : []));
    const ready = inputs.flatMap((needs, t) =>
      (begun & (1 << t)) === 0 && (needs & ~done) === 0 ? [t] : [],
    );
    if (free.length > 0 && ready.length > 0) {
      let isTried = false;
      for (const worker of free) {
        // Of workers that have nothing any stands for all.
        if (held[worker] === 0 && isTried) continue;
        if (held[worker] === 0) isTried = true;
        for (const t of ready) {
          const missing = inputs[t]! & ~held[worker]!;
          visit({
            ...moment,
            begun: begun | (1 << t),
            held: held.with(worker, held[worker]! | missing),
            runs: runs.with(worker, t),
            ends: ends.with(worker, now + durations[t]!),
            moved: moved + bytesOf(missing),
          });
        }
      }
      return;
    }
    const next = Math.min(...ends.filter((_, worker) => runs[worker]! >= 0));
    let after = { ...moment, now: next };
    runs.forEach((task, worker) => {
      if (task < 0 || ends[worker] !== next) return;
      after = {
        ...after,
        done: after.done | (1 << task),
        held: after.held.with(worker, after.held[worker]! | (1 << task)),
        runs: after.runs.with(worker, -1),
        ends: after.ends.with(worker, 0),
      };
    });
    visit(after);
  };
  const none = new Array<number>(workers).fill(0);
  visit({ now: 0, done: 0, begun: 0, held: none, runs: none.map(() => -1), ends: none, moved: 0 });
  return best;
}
