import { DispatchGraph, type DispatchNode, delayed, ExecutorError, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { SchedulerState } from "../../../src/core/scheduler/state.ts";
import { WITH_DATA } from "../../../src/core/scheduler/task-table.ts";
import { Crew } from "../../../src/executors/parallel/crew.ts";
import { restrictionsOf, strandedBy } from "../../../src/executors/parallel/restrictions.ts";
import { lower, type TaskGraph } from "../../../src/graph/lower.ts";

/** Three workers that are never started. */
function crew(): Crew {
  const none = (): never => {
    throw new Error("not to be called");
  };
  const events = {
    enlist: none,
    onMessage: none,
    onReady: none,
    onExit: none,
    onStartFailure: none,
    memoryOf: none,
  };
  const library = new Library("controller");
  return new Crew({ spawn: none, concurrency: 1, sharesMemory: true, library, ...events }, 3);
}

const lowered = (node: DispatchNode): TaskGraph => lower(DispatchGraph.from(node), new Map());
const list = (): number[] => [1];
const on = (...workers: string[]) => delayed(list, { workers })();

describe("restrictions", () => {
  it("are there only if a task has some", () => {
    expect(restrictionsOf(lowered(op(list)), new SchedulerState(), crew())).toBeUndefined();
  });

  it("keep the taking of an element where the whole is", () => {
    const restrictions = restrictionsOf(lowered(op(list).at(0)), new SchedulerState(), crew());
    expect([...restrictions!]).toEqual([0, WITH_DATA]);
  });

  it("are the same number for the same workers", () => {
    const core = new SchedulerState();
    const node = op(
      (...all: unknown[]) => all,
      on("worker-1", "worker-3"),
      on("worker-2"),
      on("worker-1", "worker-3"),
    );
    const [one, two, three, free] = restrictionsOf(lowered(node), core, crew())!;
    expect([one === three, one === two, free]).toEqual([true, false, 0]);
    expect(one).not.toBe(0);
  });

  it("refuse a worker that there is not, by the label of the task", () => {
    const restricted = lowered(on("worker-9").with({ label: "here", workers: ["worker-9"] }));
    expect(() => restrictionsOf(restricted, new SchedulerState(), crew())).toThrow(
      new ExecutorError(
        'the option "workers" of "here" names "worker-9", which is no worker; there are worker-1, worker-2, worker-3',
      ),
    );
  });
});

describe("a graph is stranded", () => {
  it("if all workers are gone that a task may run on", () => {
    const some = crew();
    const graph = lowered(on("worker-1", "worker-2"));
    some.giveUp(0);
    expect(strandedBy(graph, some)).toBeUndefined();
    some.giveUp(1);
    expect(strandedBy(graph, some)?.message).toBe('all workers were removed that "list" may run on');
    expect(strandedBy(lowered(op(list)), some)).toBeUndefined();
  });

  it("if all workers are gone", () => {
    const some = crew();
    for (const place of [0, 1, 2]) some.giveUp(place);
    expect(strandedBy(lowered(op(list)), some)?.message).toBe("the last worker was removed during the run");
  });
});
