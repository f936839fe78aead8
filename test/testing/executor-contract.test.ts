import {
  Attempts,
  Executor,
  type ExecutorOptions,
  type NodeOptions,
  type Run,
  SequentialExecutor,
  type WorkerInfo,
} from "dispatch-graph";
import { type ContractException, executorContract } from "dispatch-graph/testing";
import { describe, expect, it } from "vitest";

/** A test runner that runs nothing by itself. */
class Runner {
  readonly tests = new Map<string, () => Promise<void>>();
  readonly skipped: string[] = [];
  readonly suites: string[] = [];
  readonly describe = (name: string, body: () => void): void => {
    this.suites.push(name);
    body();
  };
  readonly it = Object.assign(
    (name: string, body: () => Promise<void>) => {
      expect(this.tests.has(name), `two tests named ${name}`).toBe(false);
      this.tests.set(name, body);
    },
    { skip: (name: string) => void this.skipped.push(name) },
  );

  /** Names of the tests that fail, of those whose names match. */
  async failing(pattern: RegExp): Promise<string[]> {
    const failed: string[] = [];
    for (const [name, body] of this.tests) {
      if (!pattern.test(name)) continue;
      await body().catch(() => failed.push(name));
    }
    return failed;
  }
}

function contractOf(
  create: (options?: ExecutorOptions) => Executor,
  skip?: readonly ContractException[],
): Runner {
  const runner = new Runner();
  const { describe, it } = runner;
  executorContract({ name: "X", create, describe, it, ...(skip === undefined ? {} : { skip }) });
  return runner;
}

/** The smallest executor there is, with places to go wrong. */
class OwnExecutor extends Executor {
  protected step = (attempts: Attempts, task: number, _run: Run): Promise<void> => attempts.attempt(task);

  override get workers(): readonly WorkerInfo[] {
    return [{ id: this.worker, pid: process.pid, running: 0, bytesHeld: 0, bytesSpilled: 0 }];
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["priority", "workers", "resources"];
  }

  protected override execute(run: Run): void {
    void this.#all(run);
  }

  async #all(run: Run): Promise<void> {
    const attempts = new Attempts(run);
    for (let task = 0; task < run.graph.size && !run.ended; task++) {
      await Promise.resolve();
      await this.step(attempts, task, run);
    }
  }
}

describe("executorContract", () => {
  it("declares its tests in groups, under the executor's name", () => {
    const { suites, tests, skipped } = contractOf((options) => new SequentialExecutor(options));
    expect(suites[0]).toContain("X");
    expect(new Set(suites).size).toBe(suites.length);
    expect(suites.length).toBeGreaterThan(20);
    expect(tests.size).toBeGreaterThan(150);
    expect(skipped).toEqual([]);
  });

  it("reports what is skipped, and why", () => {
    const all = contractOf((options) => new SequentialExecutor(options));
    const some = contractOf(
      (options) => new SequentialExecutor(options),
      [
        { test: "priorities", reason: "it has none" },
        { test: "come in the order of the request", reason: "order is dull" },
      ],
    );
    expect(some.skipped).toContain("come in the order of the request (skipped: order is dull)");
    expect(some.skipped.filter((name) => name.endsWith("(skipped: it has none)"))).toHaveLength(2);
    expect(some.tests.size + some.skipped.length).toBe(all.tests.size);
  });

  it("refuses exceptions for tests that do not exist", () => {
    const skip = [{ test: "a test of long ago", reason: "it used to be hard" }];
    expect(() => contractOf((options) => new SequentialExecutor(options), skip)).toThrow(
      /a test of long ago/,
    );
  });

  it("accepts an executor that may be made asynchronously", async () => {
    const runner = new Runner();
    const create = async (options?: ExecutorOptions) => new SequentialExecutor(options);
    executorContract({ name: "X", create, describe: runner.describe, it: runner.it });
    expect(await runner.failing(/^come in the order of the request$/)).toEqual([]);
  });

  it("passes an executor of one's own", async () => {
    const names =
      /order of the request|computed once|keep dependents|one more than retries|intermediate nodes go|chain/;
    expect(await contractOf((options) => new OwnExecutor(options)).failing(names)).toEqual([]);
  });
});

describe("executorContract finds executors that", () => {
  /** An executor that does this for each task in place of what it should. */
  function broken(step: (attempts: Attempts, task: number, run: Run) => Promise<void>) {
    return class extends OwnExecutor {
      protected override step = step;
    };
  }

  const cases: [string, RegExp, new (options?: ExecutorOptions) => Executor][] = [
    [
      "run tasks twice",
      /^are computed once for all dependents$/,
      broken(async (attempts, task, run) => {
        if (task === 0) run.transition(0, "released", "processing");
        await attempts.attempt(task);
      }),
    ],
    [
      "never release",
      /^results of intermediate nodes go as soon/,
      broken(async (_, task, run) => run.put(task, await run.perform(task))),
    ],
    [
      "call dependents of failures",
      /^keep dependents from being called$/,
      broken(async (attempts, task, run) => {
        run.hasFailed = () => false;
        await attempts.attempt(task);
      }),
    ],
    [
      "do not retry",
      /^attempts are one more than retries$/,
      broken(async (attempts, task, run) => {
        run.judge = (_, thrown) => ({ error: thrown as Error, delay: -1 });
        await attempts.attempt(task);
      }),
    ],
    [
      "swallow failures",
      /^reject the run by default$/,
      broken(async (_, task, run) => {
        try {
          run.put(task, await run.perform(task));
        } catch {
          run.put(task, undefined);
        }
      }),
    ],
  ];

  it.each(cases)("%s", async (_, names, Broken) => {
    const found = await contractOf((options) => new Broken(options)).failing(names);
    expect(found).toHaveLength(1);
  });
});
