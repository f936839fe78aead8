import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFailure, writeFailure } from "../../../src/dask/protocol/exceptions.ts";
import { TASK_MARKER } from "../../../src/dask/protocol/graph-pickle.ts";
import { Pickled, Serialized } from "../../../src/dask/protocol/message.ts";
import { readValue, typeOfValue } from "../../../src/dask/protocol/values.ts";
import type { TaskNotes } from "../../../src/dask/tasks/argument-bytes.ts";
import type { TaskOrder } from "../../../src/dask/tasks/reports.ts";
import { Cells } from "../../../src/dask/worker/cells.ts";
import { Executions, type Spec } from "../../../src/dask/worker/executions.ts";
import { News } from "../../../src/dask/worker/news.ts";
import { Slots } from "../../../src/dask/worker/slots.ts";
import type { HostEvent } from "../../../src/dask/worker-state/messages.ts";
import { describeDask, NEWEST, pythonOf } from "../../support/dask-environment.ts";

const notes: TaskNotes = { label: "f", node: 1, topic: "run", watched: true, described: false };
let root: string;
let cells: Cells;
let told: HostEvent[];
let orders: TaskOrder[];
let stopped: string[];
let sent: unknown[];
let executions: Executions;
let running: { since: number }[];
let takenBack: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "executions-"));
  mkdirSync(join(root, "user"), { mode: 0o700 });
  told = [];
  orders = [];
  stopped = [];
  sent = [];
  running = [];
  takenBack = 0;
  start();
});
afterEach(async () => {
  executions.close();
  await cells.close();
  rmSync(root, { recursive: true, force: true });
});

function start(target?: number): void {
  const directory = join(root, "user", "worker", "values");
  cells = new Cells({ target, directory, onLeave: () => {}, onStuck: () => {} });
  executions = new Executions({
    cells,
    slots: new Slots(1),
    news: new News("w", (report) => void sent.push(report.op)),
    threads: () => ({
      execute: (order) => void orders.push(order),
      stop: (key) => void stopped.push(key),
      running,
      takeBack: () => void takenBack++,
    }),
    tell: (event) => {
      told.push(event);
      sent.push(event.op);
    },
  });
}

/** What Python makes of this, as the scheduler sends it. */
function spec(source: string): Pickled {
  const program = `import pickle, sys; from dask._task_spec import *; from operator import *; sys.stdout.buffer.write(pickle.dumps(${source}, protocol=5))`;
  return new Pickled(new Uint8Array(execFileSync(pythonOf(NEWEST), ["-c", program])));
}

function execute(key: string, what: Spec, inputs: readonly string[] = []): void {
  executions.execute({ op: "execute", key, runId: 1, spec: what, inputs });
}

const result = { start: 1, stop: 2, thread: 1 };
const value = Serialized.of("raw", [new Uint8Array(100_000)]);
const ours = (arguments_: string): string =>
  `Task("t", methodcaller("${TASK_MARKER}"), b"f", b"a"${arguments_})`;

describeDask("an execution", () => {
  it("of a constant gives it at once", () => {
    execute("t", spec(`DataNode("t", [1, "x"])`));
    expect(told).toMatchObject([{ op: "execution-finished", key: "t", thread: null }]);
    expect(readValue(cells.valueOf(cells.hold("t")!) as Serialized)).toEqual([1, "x"]);
  });

  it("of an alias gives the value of the other key", () => {
    cells.put("a", value);
    execute("t", spec(`Alias("t", "a")`), ["a"]);
    expect(told).toMatchObject([{ op: "execution-finished", key: "t", value: { nbytes: 100_000 } }]);
    expect(cells.valueOf(cells.hold("t")!)).toBe(value);
  });

  it("of a task for Python fails, and says what to do", () => {
    execute("t", spec(`Task("t", add, 1, 2)`));
    expect(told).toMatchObject([{ op: "execution-failed", key: "t" }]);
    expect(failureOf(told[0]!)).toContain("restrict it to Python workers");
    execute("u", "actor");
    expect(failureOf(told[1]!)).toContain("actors cannot live on a TypeScript worker");
    execute("v", new Pickled(Uint8Array.of(1, 2, 3)));
    expect(told[2]).toMatchObject({ op: "execution-failed", key: "v" });
    expect(orders).toEqual([]);
  });
});

describe("what threads report", () => {
  it("is told after the news of it, so that a client hears them", () => {
    executions.begun("t", 1, notes, 1);
    executions.finished(
      "t",
      { ...result, value, bytes: 8, type: typeOfValue(1), description: undefined },
      notes,
    );
    expect(told).toEqual([]);
    executions.onFlush();
    expect(sent.filter((what) => what !== "set-slots")).toEqual(["log-event", "execution-finished"]);
    expect(told.at(-1)).toMatchObject({
      key: "t",
      value: { nbytes: 100_000 },
      startstops: [{ start: 1, stop: 2 }],
    });
    expect(cells.has("t")).toBe(true);
  });

  it("is told also if nobody says that it is all", async () => {
    executions.released("t");
    await Promise.resolve();
    expect(told).toEqual([{ op: "execution-lost", key: "t" }]);
  });

  it("is a failure when a task takes down three threads", () => {
    const failure = writeFailure({ name: "Error", message: "exited with code 1" });
    const crash = (): void => {
      executions.crashed("t", { ...result, failure, reason: "exited with code 1" }, notes);
      executions.onFlush();
    };
    crash();
    crash();
    expect(told.map(({ op }) => op).filter((op) => op !== "set-slots")).toEqual([
      "execution-lost",
      "execution-lost",
    ]);
    crash();
    expect(told.at(-1)).toMatchObject({ op: "execution-failed", key: "t" });
    expect(failureOf(told.at(-1)!)).toContain("exited with code 1");
  });

  it("changes how many tasks are sent ahead", async () => {
    const tiny = { start: 1, stop: 1.00001, thread: 1 };
    for (let i = 0; i < 100; i++) {
      executions.finished(
        `${i}`,
        { ...tiny, value, bytes: 8, type: typeOfValue(1), description: undefined },
        notes,
      );
    }
    expect(told.findLast(({ op }) => op === "set-slots")).toMatchObject({ slots: expect.any(Number) });
    const { slots } = told.findLast(({ op }) => op === "set-slots") as { slots: number };
    expect(slots).toBeGreaterThan(4);
    // What waits behind a long one is taken back.
    running.push({ since: Date.now() / 1000 - 5 });
    await until(() => takenBack > 0);
    expect(told.at(-1)).toEqual({ op: "set-slots", slots: 1 });
  });
});

describeDask("inputs", () => {
  it("are what the task needs, in its order, and stay in memory until it has ended", async () => {
    await cells.close();
    start(50_000);
    cells.put("a", Serialized.of("raw", [new Uint8Array(60_000).fill(1)]));
    cells.put("b", Serialized.of("raw", [new Uint8Array(60_000).fill(2)]));
    await cells.settled();
    expect(cells.memoryBytes).toBe(0);
    execute("t", spec(ours(', TaskRef("b"), TaskRef("a"), TaskRef("b")')), ["a", "b"]);
    expect(orders).toEqual([]);
    await until(() => orders.length > 0);
    expect(orders[0]!.key).toBe("t");
    expect(orders[0]!.inputs.map((input) => [input.key, input.value.frames[0]![0]])).toEqual([
      ["b", 2],
      ["a", 1],
      ["b", 2],
    ]);
    expect(cells.memoryBytes).toBe(120_000);
    executions.released("t");
    await cells.settled();
    expect(cells.memoryBytes).toBe(0);
  });

  it("that cannot be read back are lost, and the execution with them", async () => {
    await cells.close();
    start(50_000);
    cells.put("a", value);
    await cells.settled();
    const directory = join(root, "user", "worker", "values");
    writeFileSync(join(directory, readdirSync(directory)[0]!), "rubbish");
    execute("t", spec(ours(', TaskRef("a")')), ["a"]);
    await until(() => told.length > 1);
    expect(told).toEqual([
      { op: "value-lost", key: "a" },
      { op: "execution-lost", key: "t" },
    ]);
  });

  it("are not waited for when nobody wants the result any more", async () => {
    await cells.close();
    start(50_000);
    cells.put("a", value);
    await cells.settled();
    execute("t", spec(ours(', TaskRef("a")')), ["a"]);
    expect(executions.isIdle).toBe(false);
    executions.stop("t");
    await until(() => told.length > 0);
    expect(told).toEqual([{ op: "execution-lost", key: "t" }]);
    expect(stopped).toEqual([]);
    await executions.idle();
  });

  it("are let go of by a task that was stopped at its thread", async () => {
    cells.put("a", value);
    execute("t", spec(ours(', TaskRef("a")')), ["a"]);
    executions.stop("t");
    executions.stop("unknown");
    expect(stopped).toEqual(["t"]);
    const idle = executions.idle();
    executions.released("t");
    executions.onFlush();
    await idle;
  });
});

function failureOf(event: HostEvent): string {
  const { failure } = event as HostEvent & { op: "execution-failed" };
  return readFailure(failure.exception, failure.traceback).message;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
