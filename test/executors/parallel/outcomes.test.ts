import { delayed } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Outcomes, type Shipment } from "../../../src/executors/parallel/outcomes.ts";
import { RemoteResults } from "../../../src/executors/parallel/remote-results.ts";
import { RunTable } from "../../../src/executors/run-table.ts";
import { ABSENT, ONLY_DESCRIBED, PLAIN } from "../../../src/worker/protocol.ts";
import { Controller } from "../../support/controller.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** A run whose first task has been given to a worker. */
async function begun(options: Parameters<Controller["takeUp"]>[1] = {}) {
  const controller = new Controller();
  const failing = delayed(() => 1, { label: "one" })();
  await controller.takeUp(delayed((x: number) => x, { label: "two" })(failing), options);
  const { core, library, run, placed, cargo } = controller;
  const runTable = new RunTable();
  runTable.add(run, placed.base);
  const known = runTable.of(run)!;
  const results = new RemoteResults({
    holdersOf: () => [],
    request: async () => undefined,
    bytesOf: () => 0,
    describe: () => ({ type: "unknown", bytes: 0 }),
    release: () => {},
    labelOf: () => "",
    waits: () => {},
  });
  const shipment: Shipment = { cargo, results, since: -1, descriptions: new Map() };
  const outcomes = new Outcomes({
    core,
    runTable,
    library,
    clock: new ManualClock(),
    shipmentOf: () => shipment,
    publish: () => {},
    publishThrough: () => {},
  });
  const task = core.nextTask(0);
  const attempt = { placed: known, task, attempt: core.attemptOf(task) };
  return { core, run, outcomes, results, shipment, attempt, runTable };
}

describe("a reported result", () => {
  it("stays where it is, if it does not come along", async () => {
    const { core, run, outcomes, shipment, attempt } = await begun();
    outcomes.reported(attempt, 0, 800, ABSENT, undefined);
    expect([core.stateOf(attempt.task), run.isElsewhere(attempt.task)]).toEqual(["memory", true]);
    expect([outcomes.bytesBrought, shipment.descriptions.size]).toEqual([0, 0]);
  });

  it("may be described", async () => {
    const { outcomes, shipment, attempt } = await begun();
    const description = { type: "Float64Array", bytes: 800 };
    outcomes.reported(attempt, 0, 800, ONLY_DESCRIBED, description);
    expect(shipment.descriptions.get(attempt.task)).toBe(description);
  });

  it("is counted if it comes and only others need it", async () => {
    const { run, outcomes, attempt } = await begun();
    outcomes.reported(attempt, 0, 16, PLAIN, 1);
    expect([run.isSettled(attempt.task), run.isElsewhere(attempt.task), outcomes.bytesBrought]).toEqual([
      ...[true, false, 16],
    ]);
  });

  it("may be with another worker than that which made it", async () => {
    const { core, outcomes, shipment, attempt } = await begun();
    const other = core.addWorker(1);
    expect(outcomes.finished(attempt, 0, other, 16)).toBe(shipment);
    expect(core.whoHas(attempt.task)).toEqual([other]);
  });

  it("of a run that is gone is only freed", async () => {
    const { core, run, outcomes, attempt, runTable } = await begun();
    core.forgetGraph(attempt.placed.base);
    runTable.delete(attempt.placed);
    outcomes.reported(attempt, 0, 16, PLAIN, 1);
    expect(run.isSettled(attempt.task)).toBe(false);
  });

  it("is news for those who wait for it", async () => {
    const { outcomes, results, attempt } = await begun();
    const answers = [undefined, { value: "there again" }];
    const fetched = results.obtain(attempt.task, async () => answers.shift());
    await new Promise(setImmediate);
    expect(results.isAwaited).toBe(true);
    outcomes.reported(attempt, 0, 16, ABSENT, undefined);
    expect(await fetched).toBe("there again");
  });
});

describe("a failure", () => {
  it("ends the run, and the wait of those who wait for the result", async () => {
    const { core, run, outcomes, results, attempt } = await begun();
    const fetched = results.fetch(attempt.task);
    await new Promise(setImmediate);
    outcomes.failed(attempt, 0, new RangeError("no"));
    await expect(fetched).rejects.toThrow("no");
    expect([run.stopped, core.stateOf(attempt.task)]).toEqual([true, "erred"]);
  });

  it("passes on to those who need it", async () => {
    const { run, outcomes, attempt } = await begun({ throwError: false });
    outcomes.failed(attempt, 0, new RangeError("no"));
    const dependent = attempt.task + 1;
    outcomes.failedThrough(attempt.placed, attempt.placed.base + dependent, attempt.task);
    expect([run.hasFailed(dependent), run.causeOf(dependent)?.message]).toEqual([true, "no"]);
  });

  it("may be that workers are lost again and again", async () => {
    const { run, outcomes, attempt } = await begun();
    outcomes.givenUp(attempt.placed, attempt.task, { text: "worker-1 was killed", error: undefined });
    await expect(run.promise).rejects.toThrow(/"one" was given up.*worker-1 was killed/);
  });
});
