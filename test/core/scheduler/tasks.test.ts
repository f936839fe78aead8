import { describe, expect, test } from "vitest";
import { STATE_NAMES } from "../../../src/core/scheduler/task-state.ts";
import { NOBODY } from "../../../src/core/scheduler/task-table.ts";
import { InvalidTransitionError } from "../../../src/core/scheduler/tasks.ts";
import { shape, TestScheduler } from "../../support/scheduler.ts";

test("a transition that must not happen names the task's story", () => {
  const s = new TestScheduler();
  s.step((core) => core.updateGraph(shape([]), [0]));
  s.step((core) => core.addWorker(1));
  // Only a defect of the scheduler could put it there.
  s.core.table.state[0] = STATE_NAMES.indexOf("memory");
  expect(() => s.core.nextTask(0)).toThrow(
    new InvalidTransitionError(
      "task 0: memory → processing is no transition (story: released → waiting, waiting → queued)",
    ),
  );
});

describe("a ready task goes to the queue", () => {
  /** Where the last task is queued, whose inputs were made like this: `[worker, bytes]` each. */
  function home(inputs: readonly (readonly [number, number])[], copies: readonly number[] = []): number {
    const s = new TestScheduler();
    for (let i = 0; i < 3; i++) s.step((core) => core.addWorker(9));
    const { length } = inputs;
    s.step((core) =>
      core.updateGraph(
        shape(
          ...inputs.map(() => []),
          inputs.map((_, i) => i),
        ),
        [length],
      ),
    );
    inputs.forEach(([worker, bytes], input) => {
      const { task, attempt } = s.start(worker);
      expect(task).toBe(input);
      s.step((core) => core.taskFinished(worker, input, attempt, bytes));
      if (input > 0) return;
      for (const copy of copies) s.step((core) => core.addKeys(copy, 0, attempt));
    });
    expect(s.states(length)).toBe("queued");
    return s.core.table.worker[length]!;
  }

  test("of the worker that has all its inputs", () => {
    expect(home([[1, 5]])).toBe(1);
    expect(
      home([
        [2, 0],
        [2, 0],
      ]),
    ).toBe(2);
  });

  test("of the one that has most of them, copies included", () => {
    expect(
      home([
        [1, 5],
        [2, 7],
      ]),
    ).toBe(2);
    expect(
      home(
        [
          [1, 5],
          [2, 7],
        ],
        [2],
      ),
    ).toBe(2);
    expect(
      home(
        [
          [1, 50],
          [2, 7],
        ],
        [2],
      ),
    ).toBe(2);
    expect(
      home([
        [1, 5],
        [0, 7],
        [1, 5],
      ]),
    ).toBe(1);
  });

  test("of nobody when it has no inputs", () => {
    expect(home([])).toBe(NOBODY);
  });
});
