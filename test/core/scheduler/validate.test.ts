import { expect, test } from "vitest";
import { MEMORY, QUEUED, WAITING } from "../../../src/core/scheduler/task-state.ts";
import { validate } from "../../../src/core/scheduler/validate.ts";
import { shape, TestScheduler } from "../../support/scheduler.ts";

function running(): TestScheduler["core"] {
  const s = new TestScheduler();
  s.step((core) => core.addWorker(1));
  s.step((core) => core.updateGraph(shape([], [0], [1]), [2]));
  s.complete(0, 0);
  return s.core;
}

test.each<[string, (core: TestScheduler["core"]) => void, RegExp]>([
  ["needed", (core) => core.table.needed[0]!++, /task 0 is memory, and needed is 2, not 1/],
  ["waiting", (core) => core.table.waiting[2]!++, /task 2 is waiting, and waiting is 2, not 1 \+ 0/],
  ["a state", (core) => core.table.state.set([WAITING], 1), /there is nothing to wait for|waiting is/],
  ["a queued task without input", (core) => core.table.state.set([QUEUED], 2), /1 inputs are missing/],
  ["a holder", (core) => core.table.worker.set([7], 0), /its holder 7 is lost/],
  ["a count of wishes", (core) => core.table.wanted.set([1], 1), /needed is|wanted tasks, counted as/],
  ["a result that nobody needs", (core) => core.table.state.set([MEMORY], 2), /task 1 is queued, and needed/],
])("notices that %s is wrong", (_, damage, message) => {
  const core = running();
  validate(core);
  damage(core);
  expect(() => validate(core)).toThrow(message);
});

/** Task 0 is being made at worker 0, where 2 is on offer; 1 is queued. */
function sendingAhead(): TestScheduler["core"] {
  const s = new TestScheduler();
  s.step((core) => core.addWorker(1, 0, true));
  s.step((core) => core.updateGraph(shape([], [], [0]), [1, 2]));
  expect(s.start(0).task).toBe(0);
  return s.core;
}

test.each<[string, (core: TestScheduler["core"]) => void, RegExp]>([
  [
    "the worker that is ahead",
    (core) => core.table.aheadAt.set([7], 2),
    /an input is made at worker 0, not 7/,
  ],
  ["what is ahead", (core) => core.table.ahead.set([2], 2), /2 of its inputs are being made, and not 1/],
  [
    "an offer that is missing",
    (core) => core.workers.withdraw(2),
    /task 2 is waiting, and it is not on offer/,
  ],
  [
    "an offer for nothing",
    (core) => core.table.offered.set([1], 0),
    /task 0 is processing, and it is on offer/,
  ],
  [
    "several workers that are one",
    (core) => core.table.aheadAt.set([-2], 2),
    /only one worker can be making/,
  ],
  ["inputs being made", (core) => core.table.waiting.set([1], 0), /its worker makes 1 of 0 inputs/],
  [
    "company of a suspect",
    (core) => core.table.losses.set([1], 0),
    /task 0 is processing, and it should run alone/,
  ],
  [
    "solitude",
    (core) => Object.assign(core.workers.at(0)!, { isolated: true, running: 2 }),
    /worker 0: runs a task alone/,
  ],
  [
    "slots",
    (core) => Object.assign(core.workers.at(0)!, { running: 0 }),
    /worker 0: processes 1, more than its 0/,
  ],
  ["a queue", (core) => core.table.worker.set([0], 1), /worker 0: 0 tasks are in its queue/],
  [
    "what is meant for one",
    (core) => core.workers.at(0)!.fixed.add(99, 0),
    /worker 0: 2 tasks are meant for it/,
  ],
  ["the count of queued tasks", (core) => core.workers.enqueue(99), /1 tasks are queued, counted as 2/],
  [
    "a restriction",
    (core) => core.table.restriction.set([core.restriction([7])], 0),
    /its worker must not run it/,
  ],
])("notices that %s is wrong, ahead", (_, damage, message) => {
  const core = sendingAhead();
  validate(core);
  damage(core);
  expect(() => validate(core)).toThrow(message);
});
