import {
  DependencyError,
  delayed,
  type ExecutorOptions,
  op,
  ReleasedError,
  type Run,
  type RunOptions,
  type TaskEvent,
  taskContext,
} from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../support/manual-clock.ts";
import { ManualExecutor } from "../support/manual-executor.ts";

/** `Run` as executors use it: here the test decides what happens when. */

const add = (a: number, b: number): number => a + b;
const increment = (n: number): number => n + 1;

/** `one → two → three`; the tasks have the numbers 0, 1 and 2. */
function chain() {
  const one = delayed(() => 1, { label: "one" })();
  const two = delayed(increment, { label: "two" })(one);
  const three = delayed(increment, { label: "three" })(two);
  return { one, two, three };
}

async function started(
  nodes: Parameters<ManualExecutor["run"]>[0],
  options?: RunOptions,
  executorOptions?: ExecutorOptions,
) {
  const executor = new ManualExecutor(executorOptions);
  const promise = executor.run(nodes, options);
  promise.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  return { executor, promise, run: executor.runs[0]! };
}

const finish = (run: Run, task: number): void => run.put(task, run.perform(task));

describe("a run", () => {
  it("has its tasks in static order, and says which results outlive it", async () => {
    const { one, two, three } = chain();
    const persistent = delayed(add, { persist: true })(one, 5);
    const { run } = await started([op(add, persistent, three), two]);
    expect(run.ended).toBe(false);
    const labels = Array.from({ length: run.graph.size }, (_, task) => run.graph.info(task).label);
    expect(labels).toEqual(["one", "add", "two", "three", "add"]);
    expect([...run.wanted].map((wanted) => wanted > 0)).toEqual([false, true, true, false, true]);
    expect(run.graph.idOf(4)).toBe(1);
  });

  it("gives functions the values of their dependencies", async () => {
    const { one, two } = chain();
    const { run } = await started(op((...args: unknown[]) => args, one, [two], "x", one));
    finish(run, 0);
    expect(run.perform(1)).toBe(2);
    run.put(1, 20);
    expect(run.perform(2)).toEqual([1, [20], "x", 1]);
  });

  it("ends with the last of its outputs", async () => {
    const { one, three } = chain();
    const { executor, promise, run } = await started([three, one]);
    for (const task of [0, 1]) {
      finish(run, task);
      expect(run.ended).toBe(false);
    }
    finish(run, 2);
    expect(run.ended).toBe(true);
    expect(executor.forgotten).toEqual([run]);
    const [last, first] = await promise;
    expect([await last!.fetch(), await first!.fetch()]).toEqual([3, 1]);
  });

  it("settles those who wait for a node with its value", async () => {
    const { two, three } = chain();
    const { run } = await started(three);
    const fetched = two.fetch();
    finish(run, 0);
    expect(two.isReady()).toBe(false);
    finish(run, 1);
    expect(two.isReady()).toBe(true);
    expect(await fetched).toBe(2);
    expect(await two.fetch()).toBe(2);
  });

  it("drops values, and says so", async () => {
    const { executor, run } = await (async () => {
      const { three } = chain();
      const big = delayed(() => "x".repeat(1000), { label: "big" })();
      return started([three, op((text: string) => text.length, big)]);
    })();
    const big = Array.from({ length: run.graph.size }, (_, task) => run.graph.info(task).label).indexOf(
      "big",
    );
    finish(run, big);
    expect(executor.stats().bytesHeld).toBeGreaterThan(1000);
    run.drop(big);
    expect(executor.stats().bytesHeld).toBe(0);
  });

  it("rejects a fetch of what was dropped meanwhile", async () => {
    const { one, three } = chain();
    const { run } = await started(three);
    finish(run, 0);
    finish(run, 1);
    run.drop(0);
    await expect(one.fetch()).rejects.toThrow(ReleasedError);
    expect(one.isReady()).toBe(true);
  });

  it("throws what the function throws, and leaves the task's context", async () => {
    const error = new RangeError("no");
    const { run } = await started(
      op(() => {
        expect(taskContext()?.key).toMatch(/^\d+-0$/);
        throw error;
      }),
    );
    expect(() => run.perform(0)).toThrow(error);
    expect(taskContext()).toBeUndefined();
  });

  it("rejects with the first failure, and names the way to an output", async () => {
    const { one, three } = chain();
    const { executor, promise, run } = await started([three, op(increment, one)]);
    const cause = new RangeError("no");
    finish(run, 0);
    run.fail(1, cause);
    expect(run.ended).toBe(true);
    expect(executor.forgotten).toEqual([run]);
    const error = await promise.catch((reason) => reason);
    expect(error).toBeInstanceOf(DependencyError);
    expect(error.path).toEqual(["two", "three"]);
    expect(error.cause).toBe(cause);
  });

  it("without throwError: takes failures and what follows from them as results", async () => {
    const { one, two, three } = chain();
    const other = op(increment, one);
    const { promise, run } = await started([three, other], { throwError: false });
    finish(run, 0);
    run.fail(1, new RangeError("no"));
    expect(run.hasFailed(1)).toBe(true);
    expect(run.hasFailed(2)).toBe(false);
    run.failThrough(2, 1);
    run.failThrough(2, 1);
    expect(run.hasFailed(2)).toBe(true);
    expect(run.ended).toBe(false);
    finish(run, 3);
    const [failed, good] = await promise;
    expect(failed!.unwrapError().path).toEqual(["two", "three"]);
    expect(await good!.fetch()).toBe(2);
    await expect(two.fetch()).rejects.toThrow(DependencyError);
  });

  it("can be stopped, once", async () => {
    const { one, three } = chain();
    const { executor, promise, run } = await started(three);
    const fetched = one.fetch().catch((reason) => reason);
    run.stop("enough");
    run.stop("too late");
    expect(run.ended).toBe(true);
    expect(executor.forgotten).toEqual([run]);
    await expect(promise).rejects.toBe("enough");
    expect(await fetched).toBe("enough");
    expect(executor.stats()).toMatchObject({ runs: 0, bytesHeld: 0 });
  });

  it("tells tasks through their signals, if they asked for one", async () => {
    let signal: AbortSignal | undefined;
    const node = op(() => {
      signal = taskContext()?.signal;
      return new Promise(() => {});
    });
    const { run } = await started([node, op(() => new Promise(() => {}))]);
    run.perform(0);
    run.perform(1);
    expect(signal?.aborted).toBe(false);
    run.abort(1, "nobody listens");
    run.abort(0, "not needed");
    expect(signal?.reason).toBe("not needed");
  });
});

describe("the judgement of a failed attempt", () => {
  const always = (): boolean => true;

  it("counts failures, and gives a pause as long as there are retries", async () => {
    const backoff = { first: 10, factor: 2, jitter: 0, max: 1000 };
    const { run } = await started(op(increment, 1), {}, { retries: 2, retryOn: always, backoff });
    const error = new RangeError("no");
    expect([1, 2, 3].map(() => run.judge(0, error))).toEqual([
      { error, delay: 10 },
      { error, delay: 20 },
      { error, delay: -1 },
    ]);
  });

  it("wraps what is no error", async () => {
    const { run } = await started(op(increment, 1));
    const { error, delay } = run.judge(0, "text");
    expect(error).toMatchObject({ code: "ERR_THROWN_VALUE", value: "text" });
    expect(delay).toBe(-1);
  });

  it("asks predicates until one agrees", async () => {
    const asked: string[] = [];
    const answer = (name: string, yes: boolean) => () => {
      asked.push(name);
      return yes;
    };
    const retryOn = [answer("a", false), answer("b", true), answer("c", true)];
    const { run } = await started(op(increment, 1), {}, { retryOn });
    expect(run.judge(0, new Error("no")).delay).toBeGreaterThan(0);
    expect(asked).toEqual(["a", "b"]);
  });
});

describe("limits", () => {
  it("bound what a task promises by the node's timeout", async () => {
    const clock = new ManualClock();
    const node = delayed(() => new Promise(() => {}), { timeout: 100, label: "slow" })();
    const { run } = await started(node, {}, { clock });
    const outcome = run.perform(0) as Promise<unknown>;
    const reason = outcome.then(
      () => "no error",
      (error) => error,
    );
    clock.advance(99);
    clock.advance(1);
    expect(await reason).toMatchObject({ code: "ERR_TIMEOUT", milliseconds: 100 });
    expect(clock.pending).toBe(0);
  });

  it("do not touch values that are there at once", async () => {
    const clock = new ManualClock();
    const { run } = await started(delayed(() => 5, { timeout: 100 })(), {}, { clock });
    expect(run.perform(0)).toBe(5);
    expect(clock.pending).toBe(0);
  });
});

describe("transitions", () => {
  it("go to observers, with attempt and error", async () => {
    const executor = new ManualExecutor({ retryOn: () => true });
    const events: TaskEvent[] = [];
    executor.on("task", (event) => events.push(event));
    executor.run(delayed(increment, { label: "node" })(1)).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    const [run] = executor.runs;
    const error = new RangeError("no");
    run!.transition(0, "queued", "processing");
    run!.judge(0, error);
    run!.transition(0, "processing", "waiting", error);
    run!.transition(0, "queued", "processing");
    expect(events.map(({ id, label, attempt, from, to }) => [id, label, attempt, from, to])).toEqual([
      [1, "node", 1, "queued", "processing"],
      [1, "node", 1, "processing", "waiting"],
      [1, "node", 2, "queued", "processing"],
    ]);
    expect(events[1]!.error).toBe(error);
    expect(events[0]!.run).toBe(run!.id);
  });
});
