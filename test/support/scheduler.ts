import {
  CANCEL_TASK,
  FREE_KEYS,
  KEY_IN_MEMORY,
  KILLED_WORKER,
  LOST_DATA,
  TASK_ERRED,
} from "../../src/core/scheduler/messages.ts";
import { type SchedulerGraph, SchedulerState } from "../../src/core/scheduler/state.ts";
import { validate } from "../../src/core/scheduler/validate.ts";
import type { Input } from "../../src/core/worker/messages.ts";

const OPS: Readonly<Record<number, string>> = {
  [FREE_KEYS]: "free-keys",
  [CANCEL_TASK]: "cancel-task",
  [KEY_IN_MEMORY]: "key-in-memory",
  [TASK_ERRED]: "task-erred",
  [KILLED_WORKER]: "killed-worker",
  [LOST_DATA]: "lost-data",
};

/** A graph from the dependencies of each task: `[[], [0], [0, 1]]`. */
export function shape(...dependencies: readonly (readonly number[])[]): SchedulerGraph {
  const dependencyStart = new Int32Array(dependencies.length + 1);
  dependencies.forEach((one, t) => {
    dependencyStart[t + 1] = dependencyStart[t]! + one.length;
  });
  return { size: dependencies.length, dependencyStart, dependencies: Int32Array.from(dependencies.flat()) };
}

/** The inputs of a task that is given to a worker, each once, as hosts tell workers of them. */
export function inputsOf(core: SchedulerState, task: number): Input[] {
  const { table } = core;
  const edges = [
    ...table.dependencies.subarray(table.dependencyStart[task], table.dependencyStart[task + 1]),
  ];
  return [...new Set(edges)].map((input) => ({
    task: input,
    attempt: core.attemptOf(input),
    // Neither another task nor the client will need it.
    last: core.usesOf(input) === edges.filter((one) => one === input).length,
    holders: core.whoHas(input),
  }));
}

/** A scheduler for tests: checked after each step, instructions as text, runs named by what they return. */
export class TestScheduler {
  readonly core: SchedulerState;

  constructor(allowedLosses?: number) {
    this.core = new SchedulerState(allowedLosses);
  }

  /** Does something with the core, checks it, and returns the instructions: `free-keys 0 of worker 1`. */
  step(action: (core: SchedulerState) => unknown): string[] {
    action(this.core);
    validate(this.core);
    const said: string[] = [];
    const { instructions } = this.core;
    while (instructions.next()) {
      const { op, task, worker, detail } = instructions;
      if (op === TASK_ERRED) said.push(`task-erred ${task} via ${detail}`);
      else said.push(`${OPS[op]} ${task} of worker ${worker}`);
    }
    return said;
  }

  /** Gives the worker its next task, as if all others had no free slot: it need not leave theirs to them. */
  start(worker: number): { task: number; attempt: number } {
    let task = -1;
    this.step((core) => {
      const others = core.workers.all().filter(({ index }) => index !== worker);
      const slots = others.map((other) => other.slots);
      for (const other of others) other.slots = 0;
      task = core.nextTask(worker);
      others.forEach((other, i) => {
        other.slots = slots[i]!;
      });
    });
    return { task, attempt: this.core.attemptOf(task) };
  }

  /** Gives the worker its next task, which must be this one, and finishes it. */
  complete(worker: number, expected: number, bytes = 1): string[] {
    const { task, attempt } = this.start(worker);
    if (task !== expected) throw new Error(`expected task ${expected}, got ${task}`);
    return this.step((core) => core.taskFinished(worker, task, attempt, bytes));
  }

  states(...tasks: readonly number[]): string {
    return tasks.map((task) => this.core.stateOf(task)).join(" ");
  }
}
