import {
  delayed,
  type ExecutorOptions,
  type NodeOptions,
  op,
  type Run,
  type WorkerInfo,
} from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { ScheduledExecutor } from "../../src/executors/scheduled.ts";
import { ManualClock } from "../support/manual-clock.ts";

/** The least host: one slot, and tasks called in place, one per `pump`. */
class OneSlot extends ScheduledExecutor {
  readonly #slot: number;
  pumps = 0;
  defect: Error | undefined;

  constructor(options: ExecutorOptions = {}) {
    super(options);
    this.#slot = this.core.addWorker(1, 0);
  }

  override get workers(): readonly WorkerInfo[] {
    return [];
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return [];
  }

  protected override nameOf(worker: number): string | null {
    return worker === this.#slot ? "slot" : null;
  }

  protected override execute(run: Run): void {
    this.takeUp(run);
    queueMicrotask(() => this.pump());
  }

  protected override forget(run: Run): void {
    const placed = this.runTable.of(run);
    if (placed !== undefined) this.drop(placed);
  }

  get sizeOfTable(): number {
    return this.runTable.all().length;
  }

  protected override pump(): void {
    this.pumps++;
    this.guarded(() => {
      if (this.defect !== undefined) throw this.defect;
      const { core } = this;
      for (let task = core.nextTask(this.#slot); task >= 0; task = core.nextTask(this.#slot))
        this.#perform(task);
      this.publish();
    });
    this.setTimer();
  }

  #perform(task: number): void {
    const { run, base } = this.runTable.at(task)!;
    const attempt = this.core.attemptOf(task);
    try {
      const value = run.perform(task - base);
      this.core.taskFinished(this.#slot, task, attempt, 8);
      this.publish();
      run.put(task - base, value);
    } catch (thrown) {
      const { error, delay } = run.judge(task - base, thrown);
      this.core.taskErred(this.#slot, task, attempt, delay < 0 ? -1 : this.clock.now() + delay);
      this.publish(error);
      if (delay < 0) run.fail(task - base, error);
    }
  }
}

describe("a host of the scheduler", () => {
  it("runs graphs, highest priority first, and forgets them", async () => {
    const executor = new OneSlot();
    const order: string[] = [];
    const note = (name: string): number => order.push(name);
    const nodes = [
      delayed(note, { priority: -1 })("last"),
      op(note, "then"),
      delayed(note, { priority: 5 })("first"),
    ];
    const results = await executor.run(nodes);
    expect(order).toEqual(["first", "then", "last"]);
    expect(await results[2]!.fetch()).toBe(1);
    expect(executor.sizeOfTable).toBe(0);
  });

  it("tells observers of every transition, with the worker and the error", async () => {
    const executor = new OneSlot();
    const seen: string[] = [];
    executor.on("task", ({ label, from, to, worker, error }) => {
      seen.push(`${label}: ${from} → ${to} ${worker ?? "-"} ${error?.message ?? ""}`.trim());
    });
    const broken = delayed(
      () => {
        throw new Error("no");
      },
      { label: "broken" },
    )();
    await expect(executor.run(broken)).rejects.toThrow("no");
    expect(seen).toContain("broken: queued → processing slot");
    expect(seen).toContain("broken: processing → erred slot no");
  });

  it("goes on after a pause, by its clock", async () => {
    const clock = new ManualClock();
    const executor = new OneSlot({ clock, retryOn: () => true, backoff: { first: 100, jitter: 0 } });
    const states: string[] = [];
    executor.on("task", ({ from, to }) => states.push(`${from} ${to}`));
    let calls = 0;
    const value = executor.collect(
      op(() => {
        if (++calls < 2) throw new Error("busy");
        return calls;
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect([calls, states.at(-1)]).toEqual([1, "processing waiting"]);
    clock.advance(99);
    expect(calls).toBe(1);
    clock.advance(1);
    expect(await value).toBe(2);
  });

  it("ends runs when there is a defect in it, lest they wait for ever", async () => {
    const executor = new OneSlot();
    executor.defect = new Error("a defect");
    await expect(executor.run([op(() => 1), op(() => 2)])).rejects.toBe(executor.defect);
    expect(executor.sizeOfTable).toBe(0);
  });
});
