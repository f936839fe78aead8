import { delayed, ExecutorError, op, type Run, type RunOptions } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../support/manual-clock.ts";
import { ManualExecutor } from "../support/manual-executor.ts";

/** What the base class does for every executor; the rest of it is in the contract. */

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Executor", () => {
  it("gives an executor its runs, and tells it of their ends", async () => {
    const executor = new ManualExecutor();
    const running = executor.run(op(() => 1));
    await turn();
    expect(executor.runs).toHaveLength(1);
    expect(executor.stats().runs).toBe(1);
    expect(executor.forgotten).toEqual([]);
    executor.runs[0]!.put(0, 1);
    await running;
    expect(executor.forgotten).toEqual(executor.runs);
    expect(executor.stats().runs).toBe(0);
  });

  it("refuses what an executor cannot do before it hears of it", async () => {
    const executor = new ManualExecutor();
    executor.refused = ["persist", "timeout"];
    const node = delayed(() => 1, { label: "choosy", timeout: 5 })();
    const error = await executor.run(op((n: number) => n, node)).catch((reason) => reason);
    expect(error).toBeInstanceOf(ExecutorError);
    expect(error.message).toBe('ManualExecutor does not support the option "timeout" of "choosy"');
    expect(executor.runs).toEqual([]);
  });

  it("rejects a run that an executor fails to begin", async () => {
    class Broken extends ManualExecutor {
      protected override execute(_: Run): void {
        throw new Error("cannot begin");
      }
    }
    const executor = new Broken();
    await expect(executor.run(op(() => 1))).rejects.toThrow("cannot begin");
    expect(executor.stats().runs).toBe(0);
  });

  it("adds up the bytes of what runs and of what is kept", async () => {
    const executor = new ManualExecutor();
    const running = executor.run([op(() => 1), op(() => 2)]);
    await turn();
    const [run] = executor.runs;
    run!.put(0, "x".repeat(1000));
    const one = executor.stats().bytesHeld;
    expect(one).toBeGreaterThanOrEqual(1000);
    run!.put(1, "y".repeat(1000));
    const [first] = await running;
    expect(executor.stats().bytesHeld).toBeGreaterThanOrEqual(one + 1000);
    first!.chunk.release();
    expect(executor.stats()).toEqual({
      bytesHeld: expect.any(Number),
      bytesSpilled: 0,
      bytesWritten: 0,
      bytesReadBack: 0,
      bytesTransferred: 0,
      bytesThroughController: 0,
      runs: 0,
    });
    expect(executor.stats().bytesHeld).toBeLessThanOrEqual(one + 100);
    await executor.close();
    expect(executor.stats().bytesHeld).toBe(0);
  });

  it("takes the limit of a run from its clock", async () => {
    const clock = new ManualClock();
    const executor = new ManualExecutor({ clock });
    const running = executor
      .run(
        op(() => 1),
        { timeout: 100 },
      )
      .catch((reason) => reason);
    await turn();
    expect(clock.pending).toBe(1);
    clock.advance(100);
    expect(await running).toMatchObject({ code: "ERR_TIMEOUT", milliseconds: 100 });
    expect(executor.runs[0]!.ended).toBe(true);
  });

  it("is told of nothing that ended before it began", async () => {
    const executor = new ManualExecutor();
    const controller = new AbortController();
    executor.on("run", ({ state }) => state === "started" && controller.abort("at once"));
    await expect(
      executor.run(
        op(() => 1),
        { signal: controller.signal },
      ),
    ).rejects.toBe("at once");
    expect(executor.runs).toEqual([]);
    expect(executor.stats().runs).toBe(0);
  });

  it.each<[string, RunOptions]>([
    ["throwError", { throwError: "no" as never }],
    ["keep", { keep: "none" as never }],
    ["signal", { signal: {} as never }],
    ["timeout", { timeout: "1" as never }],
    ["inputs", { inputs: 5 as never }],
  ])("refuses %s of the wrong kind by name", async (name, options) => {
    const executor = new ManualExecutor();
    const error = await executor
      .run(
        op(() => 1),
        options,
      )
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(name === "inputs" ? "input" : name);
  });
});
