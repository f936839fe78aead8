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
  ["slots", (core) => Object.assign(core.workers.at(0)!, { running: 5 }), /5 attempts on 1 slots/],
  ["a result that nobody needs", (core) => core.table.state.set([MEMORY], 2), /task 1 is queued, and needed/],
])("notices that %s is wrong", (_, damage, message) => {
  const core = running();
  validate(core);
  damage(core);
  expect(() => validate(core)).toThrow(message);
});
