import type { TaskEvent } from "../../src/index.ts";

/** The tasks of one label, taken together. */
export interface Stage {
  readonly label: string;
  tasks: number;
  failed: number;
  /** When the first task began and the last one ended. */
  began: number;
  ended: number;
  /** Milliseconds of all tasks together; more than from `began` to `ended` where they overlapped. */
  sum: number;
}

/** Follows the tasks of an executor: give it to `executor.on("task", …)`. */
export class Stages {
  readonly #stages = new Map<string, Stage>();
  readonly #started = new Map<string, number>();
  /** Those counted: a task whose result was lost ends once more. */
  readonly #ended = new Set<string>();

  readonly follow = ({ run, id, label, to, at }: TaskEvent): void => {
    const task = `${run}:${id}`;
    if (to === "processing") this.#started.set(task, at);
    if (to !== "memory" && to !== "erred") return;
    const began = this.#started.get(task) ?? at;
    const stage = this.#stages.get(label) ?? { label, tasks: 0, failed: 0, began, ended: at, sum: 0 };
    this.#stages.set(label, stage);
    if (!this.#ended.has(task)) stage.tasks += 1;
    this.#ended.add(task);
    if (to === "erred") stage.failed += 1;
    stage.began = Math.min(stage.began, began);
    stage.ended = at;
    stage.sum += at - began;
    this.#started.delete(task);
  };

  [Symbol.iterator](): IterableIterator<Stage> {
    return this.#stages.values();
  }
}
