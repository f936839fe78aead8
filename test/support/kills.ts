import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type DispatchNode, ParallelExecutor } from "dispatch-graph";
import { Random } from "./random.ts";

export interface KillOptions<T> {
  /** The computation, and what must come of it. */
  readonly node: DispatchNode<T>;
  readonly expected: T;
  /** How many workers to kill in all. */
  readonly kills: number;
  readonly workers: number;
  readonly seed: number;
  /** How long a run takes undisturbed, about, in milliseconds. */
  readonly usual: number;
  readonly report?: (text: string) => void;
}

/** What came of it; all but the first two are to be empty. */
export interface KillReport {
  readonly kills: number;
  readonly runs: number;
  /** Runs that failed, or found something else. */
  readonly wrong: readonly string[];
  /** Processes that are still there. */
  readonly processes: readonly number[];
  /** Files left where temporary files are. */
  readonly files: readonly string[];
  /** What keeps this process alive, and did not before. */
  readonly resources: readonly string[];
}

/** A task is blamed for the loss of its worker when it has lost more than that. */
const MOST_PER_RUN = 3;
/** So many runs on the same executor. */
const RUNS_PER_EXECUTOR = 4;

/** Runs a computation on processes again and again, while these are killed at random moments. */
export async function killAtRandom<T>(options: KillOptions<T>): Promise<KillReport> {
  const { kills, seed, report = () => {} } = options;
  const random = new Random(seed);
  const temporary = mkdtempSync(join(tmpdir(), "kills-"));
  const before = process.env.TMPDIR;
  const resources = process.getActiveResourcesInfo();
  process.env.TMPDIR = temporary;
  const pids: Pids = { seen: new Set(), killed: new Set() };
  const wrong: string[] = [];
  let done = 0;
  let runs = 0;
  try {
    while (done < kills) {
      await using executor = new ParallelExecutor({ kind: "processes", workers: options.workers });
      for (let i = 0; i < RUNS_PER_EXECUTOR && done < kills; i++) {
        const killer = new Killer(
          executor,
          random,
          Math.min(MOST_PER_RUN, kills - done),
          options.usual,
          pids,
        );
        try {
          const found = await executor.collect(options.node);
          if (!isDeepStrictEqual(found, options.expected)) wrong.push(`run ${runs} found something else`);
        } catch (error) {
          wrong.push(`run ${runs}: ${error}`);
        }
        killer.rest();
        done += killer.kills;
        runs++;
        report(`run ${runs}: ${killer.kills} killed, ${done} of ${kills}`);
      }
    }
    // What has just come to its end is still listed in the turn that hears of it.
    await new Promise((resolve) => setImmediate(resolve));
    return {
      kills: done,
      runs,
      wrong,
      processes: [...pids.seen].filter(isAlive),
      files: readdirSync(temporary),
      resources: furtherOf(process.getActiveResourcesInfo(), resources),
    };
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(temporary, { recursive: true });
  }
}

/** Of all workers that there were. */
interface Pids {
  readonly seen: Set<number>;
  readonly killed: Set<number>;
}

/** Kills workers of an executor while it runs something. */
class Killer {
  kills = 0;
  readonly #executor: ParallelExecutor;
  readonly #random: Random;
  readonly #most: number;
  readonly #usual: number;
  readonly #pids: Pids;
  #timer: NodeJS.Timeout | undefined;
  /** Transitions of tasks to come before the next blow, if it is not a matter of time. */
  #transitions = Infinity;

  constructor(executor: ParallelExecutor, random: Random, most: number, usual: number, pids: Pids) {
    this.#executor = executor;
    this.#random = random;
    this.#most = 1 + random.below(most);
    this.#usual = usual;
    this.#pids = pids;
    executor.on("task", this.#count);
    this.#aim();
  }

  rest(): void {
    clearTimeout(this.#timer);
    this.#executor.off("task", this.#count);
    this.#note();
  }

  readonly #count = (): void => {
    if (--this.#transitions === 0) this.#strike();
  };

  /** At a time, which may be that of its start, or in the middle of what happens to a task. */
  #aim(): void {
    if (this.kills === this.#most) return;
    if (this.#random.chance(0.5)) this.#transitions = 1 + this.#random.below(100);
    else this.#timer = setTimeout(() => this.#strike(), this.#random.next() * this.#usual);
  }

  #strike(): void {
    const pids = this.#note().filter((pid) => !this.#pids.killed.has(pid));
    // Now and then all at once, as far as it may.
    const all = this.#random.chance(0.2) ? pids.slice(0, this.#most - this.kills) : [];
    for (const pid of all.length > 0 ? all : pids.length > 0 ? [this.#random.pick(pids)] : []) {
      process.kill(pid, "SIGKILL");
      this.#pids.killed.add(pid);
      this.kills++;
    }
    this.#aim();
  }

  #note(): number[] {
    const pids = this.#executor.workers.map(({ pid }) => pid).filter((pid) => pid > 0);
    for (const pid of pids) this.#pids.seen.add(pid);
    return pids;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The resources that are more than there were. Timers are nothing that is left. */
function furtherOf(after: readonly string[], before: readonly string[]): string[] {
  const left = [...before];
  return after.filter((one) => {
    const known = left.indexOf(one);
    if (known >= 0) left.splice(known, 1);
    return known < 0 && !/Timeout|Immediate/.test(one);
  });
}
