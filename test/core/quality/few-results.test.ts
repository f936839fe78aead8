import { describe, expect, test } from "vitest";
import { SchedulerState } from "../../../src/core/scheduler/state.ts";
import { MEMORY } from "../../../src/core/scheduler/task-state.ts";
import { shape } from "../../support/scheduler.ts";
import { chain, type Dependencies, inStaticOrder, reduction } from "../../support/works.ts";

/** As many results as a reduction may hold at once. */
const enough = (leaves: number): number => Math.ceil(Math.log2(leaves)) + 2;

/** How many results are there at once when a single worker runs the tasks one after the other. */
function mostResults(dependencies: Dependencies): number {
  const core = new SchedulerState();
  core.addWorker(1);
  let held = 0;
  let most = 0;
  core.log.observer = (_, from, to) => {
    if (from === MEMORY) held--;
    if (to === MEMORY) most = Math.max(most, ++held);
  };
  core.updateGraph(shape(...dependencies), [dependencies.length - 1]);
  for (let task = core.nextTask(0); task >= 0; task = core.nextTask(0)) {
    core.taskFinished(0, task, core.attemptOf(task), 1);
  }
  expect(held).toBe(1);
  return most;
}

const leavesOf = [1, 2, 3, 5, 7, 8, 9, 31, 64, 100, 1000, 1025, 3000, 4096];

describe.each([
  ["a reduction", false],
  ["a reduction of what each leaf is made into", true],
])("%s on one worker", (_, isMapped) => {
  test.each(leavesOf)("of %i leaves holds at most log2(n) + 2 results", (leaves) => {
    expect(mostResults(inStaticOrder(reduction(leaves, isMapped)))).toBeLessThanOrEqual(enough(leaves));
  });
});

test("a chain holds two results", () => {
  expect(mostResults(chain(1000))).toBe(2);
});
