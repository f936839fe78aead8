import { SchedulerState } from "../core/scheduler/state.ts";
import { ERRED, PROCESSING, STATE_NAMES, WAITING } from "../core/scheduler/task-state.ts";
import { Executor, type ExecutorOptions } from "./executor.ts";
import type { Run } from "./run.ts";
import { type Placed, RunTable } from "./run-table.ts";

interface Transition {
  readonly task: number;
  readonly from: number;
  readonly to: number;
  readonly worker: number;
}

/**
 * What hosts of the scheduler core have in common: its runs, its timer, and observers. A subclass
 * obeys the core's instructions and gives tasks to slots.
 */
export abstract class ScheduledExecutor extends Executor {
  /** @internal */
  protected readonly core: SchedulerState = new SchedulerState();
  /** @internal */
  protected readonly runTable: RunTable = new RunTable();
  #timer: unknown;
  #timerAt: number | undefined;
  #transitions: Transition[] = [];

  constructor(options: ExecutorOptions) {
    super(options);
  }

  /** Gives ready tasks to free slots: called when there may be some. */
  protected abstract pump(): void;

  /** Id of a worker by its index, for observers; `null` if there is none. */
  protected abstract nameOf(worker: number): string | null;

  /**
   * Takes a run's graph up.
   * @internal
   */
  protected takeUp(run: Run, restrictions?: Uint8Array): Placed {
    this.observe();
    const graph = { ...run.graph, priorities: prioritiesOf(run), restrictions };
    const base = this.core.updateGraph(graph, run.wantedTasks, run.runAll);
    const placed = this.runTable.add(run, base);
    this.publish();
    return placed;
  }

  /**
   * Forgets a run's graph, with all results of it.
   * @internal
   */
  protected drop(placed: Placed): void {
    // The results of a finished run are kept, although the scheduler forgets them: that is no transition.
    if (!placed.run.stopped) this.core.log.observer = undefined;
    this.core.forgetGraph(placed.base);
    this.observe();
    this.publish();
    this.runTable.delete(placed);
  }

  /** Nothing that tasks and observers do gets here: an error is a defect of this library, and no run is to wait for ever because of it. */
  protected guarded(body: () => void): void {
    this.observe();
    try {
      body();
    } catch (defect) {
      for (const { run } of this.runTable.all()) run.stop(defect);
    }
  }

  /** Lets pauses before retries end in time. */
  protected setTimer(): void {
    const at = this.core.nextTimer();
    if (at === this.#timerAt) return;
    this.clock.clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === undefined) return;
    this.#timer = this.clock.setTimeout(
      () => {
        this.#timerAt = undefined;
        this.guarded(() => this.core.tick(this.clock.now()));
        this.pump();
      },
      Math.max(0, at - this.clock.now()),
    );
  }

  /** Takes note of transitions from now on, if anybody wants to hear of them. */
  protected observe(): void {
    this.core.log.observer = this.observed
      ? (task, from, to, worker) => this.#transitions.push({ task, from, to, worker })
      : undefined;
  }

  /**
   * Tells observers of the transitions since the last time.
   * @param error why tasks failed, or are tried again
   */
  protected publish(error?: Error): void {
    this.#tell((from, to) => (to === ERRED || (from === PROCESSING && to === WAITING) ? error : undefined));
  }

  /** The same if they failed because of a dependency. */
  protected publishThrough(cause: Error | undefined): void {
    this.#tell((_, to) => (to === ERRED ? cause : undefined));
  }

  #tell(errorOf: (from: number, to: number) => Error | undefined): void {
    if (this.#transitions.length === 0) return;
    const transitions = this.#transitions;
    this.#transitions = [];
    for (const { task, from, to, worker } of transitions) {
      const placed = this.runTable.at(task);
      const error = errorOf(from, to);
      const states = [STATE_NAMES[from]!, STATE_NAMES[to]!] as const;
      placed?.run.transition(task - placed.base, ...states, error, this.nameOf(worker));
    }
  }
}

function prioritiesOf({ graph }: Run): Int8Array | undefined {
  if (!graph.usedOptions.has("priority")) return undefined;
  return Int8Array.from({ length: graph.size }, (_, task) => graph.info(task).options?.priority ?? 0);
}
