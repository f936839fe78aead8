import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClientState } from "../../../src/dask/client/client-state.ts";
import type { SchedulerRequests } from "../../../src/dask/client/scheduler-requests.ts";
import { Waits } from "../../../src/dask/client/waits.ts";
import { WorkerWatch } from "../../../src/dask/client/worker-watch.ts";
import { Listening } from "./listening.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Watched {
  readonly state: ClientState;
  readonly waits: Waits;
  readonly watch: WorkerWatch;
  readonly asked: unknown[];
}

function watched(states: Record<string, string>): Watched {
  const asked: unknown[] = [];
  const scheduler = {
    address: "tcp://host:1",
    taskStates: async (keys: readonly string[]) => {
      asked.push(keys);
      return new Map(keys.map((key) => [key, states[key] ?? null]));
    },
  } as unknown as SchedulerRequests;
  const waits: Waits = new Waits(
    (key) => state.state(key),
    () => new Error("failed"),
  );
  const state: ClientState = new ClientState((key, now) => waits.changed(key, now));
  return { state, waits, watch: new WorkerWatch(scheduler, state, waits, 100), asked };
}

describe("a watch on workers", () => {
  it("tells everybody who waits when there has been none for too long", async () => {
    const { state, waits, watch } = watched({});
    const listening = new Listening();
    state.desire(["a"], listening);
    const waiting = waits.wait(["a"]);
    await watch.check(0);
    vi.advanceTimersByTime(99);
    await watch.check(0);
    await watch.check(1);
    await watch.check(0);
    vi.advanceTimersByTime(99);
    await watch.check(0);
    expect(listening.heard).toEqual([]);
    vi.advanceTimersByTime(1);
    await watch.check(0);
    expect(listening.heard).toEqual(["NoWorkerError"]);
    await expect(waiting).rejects.toThrow("the scheduler at tcp://host:1 has had no worker for 100 ms");
  });

  it("says nothing when nobody waits", async () => {
    const { state, watch, asked } = watched({});
    const listening = new Listening();
    state.desire(["a"], listening);
    state.inMemory("a");
    await watch.check(0);
    vi.advanceTimersByTime(1000);
    await watch.check(0);
    await watch.check(1);
    expect(listening.heard).toEqual(["inMemory a"]);
    expect(asked).toEqual([]);
  });

  it("tells those who wait for what none of the workers may run", async () => {
    const { state, waits, watch } = watched({ a: "no-worker", b: "processing" });
    state.desire(["a", "b"], new Listening());
    const [stranded, other] = [waits.wait(["a"]), waits.wait(["b"])];
    await watch.check(2);
    vi.advanceTimersByTime(100);
    await watch.check(2);
    await expect(stranded).rejects.toThrow(
      '"a" waits for a worker that may run it, and there was none for 100 ms',
    );
    state.inMemory("b");
    await other;
  });
});
