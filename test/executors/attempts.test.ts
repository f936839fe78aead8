import { Attempts, DependencyError, delayed, op, type Run, type TaskEvent } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../support/manual-clock.ts";
import { ManualExecutor } from "../support/manual-executor.ts";

const add = (a: number, b: number): number => a + b;
const large = (): string => "x".repeat(1000);

async function started(
  node: Parameters<ManualExecutor["run"]>[0],
  { throwError = true, clock = new ManualClock(), retries = 0 } = {},
) {
  const executor = new ManualExecutor({ clock, retries, retryOn: () => true });
  const events: TaskEvent[] = [];
  executor.on("task", (event) => events.push(event));
  const promise = executor.run(node, { throwError });
  promise.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  const run = executor.runs[0] as Run;
  const states = (label: string): string[] =>
    events.filter((event) => event.label === label).map((event) => event.to);
  return { executor, promise, run, attempts: new Attempts(run), states };
}

describe("Attempts", () => {
  it("knows the dependencies of a task, as often as it needs them", async () => {
    const one = op(() => 1);
    const { attempts } = await started(op((...args: unknown[]) => args, one, one, [one]));
    expect([...attempts.dependenciesOf(0)]).toEqual([]);
    expect([...attempts.dependenciesOf(1)]).toEqual([0, 0, 0]);
  });

  it("runs a task and lets go of what it was the last to need", async () => {
    const big = delayed(large, { label: "big" })();
    const first = delayed((text: string) => text.length, { label: "first" })(big);
    const second = delayed((text: string) => text.length, { label: "second" })(big);
    const output = delayed(add, { label: "output" })(first, second);
    const { executor, promise, run, attempts, states } = await started(output);
    await attempts.attempt(0);
    await attempts.attempt(1);
    expect(executor.stats().bytesHeld, "another dependent is to come").toBeGreaterThan(1000);
    await attempts.attempt(2);
    expect(executor.stats().bytesHeld).toBeLessThan(1000);
    await attempts.attempt(3);
    expect(run.ended).toBe(true);
    expect(await (await promise)[0]!.fetch()).toBe(2000);
    expect(states("big")).toEqual(["waiting", "queued", "processing", "memory", "released"]);
    expect(states("output").slice(0, 4)).toEqual(["waiting", "queued", "processing", "memory"]);
  });

  it("keeps what is wanted", async () => {
    const big = delayed(large, { persist: true })();
    const { executor, attempts } = await started([op((text: string) => text.length, big)]);
    await attempts.attempt(0);
    await attempts.attempt(1);
    expect(executor.stats().bytesHeld).toBeGreaterThan(1000);
  });

  it("passes failures on without calling dependents", async () => {
    let calls = 0;
    const failing = delayed((): number => JSON.parse("{"), { label: "failing" })();
    const dependent = delayed((_: number) => ++calls, { label: "dependent" })(failing);
    const { promise, attempts, states } = await started(dependent, { throwError: false });
    await attempts.attempt(0);
    await attempts.attempt(1);
    const [result] = await promise;
    expect(result!.unwrapError()).toBeInstanceOf(DependencyError);
    expect(result!.unwrapError().path).toEqual(["failing", "dependent"]);
    expect(calls).toBe(0);
    expect(states("failing").slice(0, 4)).toEqual(["waiting", "queued", "processing", "erred"]);
    expect(states("dependent").slice(0, 2)).toEqual(["waiting", "erred"]);
  });

  it("tries again after a pause", async () => {
    const clock = new ManualClock();
    let calls = 0;
    const flaky = delayed(
      () => {
        if (++calls < 3) throw new Error("not yet");
        return calls;
      },
      { label: "flaky" },
    )();
    const { promise, attempts, states } = await started(flaky, { clock, retries: 5 });
    await clock.until(attempts.attempt(0));
    expect(await (await promise)[0]!.fetch()).toBe(3);
    const once = ["queued", "processing", "waiting"];
    expect(states("flaky").slice(0, 9)).toEqual(["waiting", ...once, ...once, "queued", "processing"]);
  });

  it("stops when the run is over, also in a pause, and leaves no timer", async () => {
    const clock = new ManualClock();
    let calls = 0;
    const failing = op(() => {
      calls++;
      throw new Error("no");
    });
    const { run, attempts } = await started(failing, { clock, retries: 5 });
    const attempt = attempts.attempt(0);
    await clock.timerSet();
    run.stop("enough");
    await attempt;
    expect(clock.pending).toBe(0);
    await attempts.attempt(0);
    expect(calls).toBe(1);
  });
});
