import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Pickled, Serialized } from "../../../src/dask/protocol/message.ts";
import type { ComputeTask } from "../../../src/dask/protocol/messages.ts";
import type { WorkerReport } from "../../../src/dask/protocol/worker-reports.ts";
import { Cells } from "../../../src/dask/worker/cells.ts";
import type { Execute, Spec } from "../../../src/dask/worker/executions.ts";
import { Host } from "../../../src/dask/worker/host.ts";
import type { Answer } from "../../../src/dask/worker/peers.ts";
import { infoOf } from "../../../src/dask/worker/value-info.ts";
import { WorkerState } from "../../../src/dask/worker-state/state.ts";

const PEER = "tcp://127.0.0.1:2";
const OTHER = "tcp://127.0.0.1:3";
const value = Serialized.of("raw", [new Uint8Array(8)]);

let cells: Cells;
let host: Host;
let sent: WorkerReport[];
let executed: Execute[];
let asked: { peer: string; keys: readonly string[]; answer: (answer: Answer) => void }[];
let gone: string[];
let freed: string[];
let failures: Error[];

beforeEach(() => {
  sent = [];
  executed = [];
  asked = [];
  gone = [];
  freed = [];
  failures = [];
  cells = new Cells({ target: undefined, directory: "/nowhere", onLeave: () => {}, onStuck: () => {} });
  host = new Host({
    address: "tcp://127.0.0.1:1",
    state: new WorkerState<Spec>({ address: "tcp://127.0.0.1:1", slots: 1, validate: true }),
    cells,
    peers: {
      ask: (peer, keys) => new Promise((answer) => asked.push({ peer, keys, answer })),
      gone: (peer) => void gone.push(peer),
    },
    executions: { execute: (instruction) => void executed.push(instruction), stop: () => {} },
    free: (keys) => void freed.push(...keys),
    send: (report) => void sent.push(report),
    onFailure: (error) => void failures.push(error),
  });
});
afterEach(async () => {
  host.close();
  await cells.close();
  expect(failures).toEqual([]);
});

function compute(key: string, whoHas: Readonly<Record<string, readonly string[]>> = {}): ComputeTask {
  return {
    ...{
      op: "compute-task",
      key,
      runId: 1,
      priority: [0],
      runSpec: new Pickled(Uint8Array.of(1)),
      actor: false,
    },
    whoHas: new Map(Object.entries(whoHas)),
    nbytes: new Map(Object.keys(whoHas).map((input) => [input, 8])),
    ...{ resourceRestrictions: new Map(), annotations: new Map(), spanId: null, stimulusId: "s" },
  };
}

const ops = (): string[] => sent.map(({ op }) => op);
/** Until what a peer has answered is dealt with. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the host of the state machine", () => {
  it("has tasks executed, and says what came of them", () => {
    host.hear(compute("x"));
    expect(executed).toMatchObject([{ key: "x", runId: 1, inputs: [] }]);
    cells.put("x", value);
    host.tell({ op: "execution-finished", key: "x", value: infoOf(value), startstops: [], thread: 1 });
    expect(sent).toMatchObject([{ op: "task-finished", key: "x", runId: 1, nbytes: 8 }]);
  });

  it("tells an actor from a task", () => {
    host.hear({ ...compute("x"), actor: true });
    expect(executed[0]!.spec).toBe("actor");
  });

  it("gathers inputs, keeps them, and drops them when nobody needs them", async () => {
    host.hear(compute("x", { a: [PEER] }));
    expect(asked).toMatchObject([{ peer: PEER, keys: ["a"] }]);
    asked[0]!.answer(new Map([["a", value]]));
    await settled();
    expect(ops()).toEqual(["add-keys"]);
    expect(executed).toMatchObject([{ key: "x", inputs: ["a"] }]);
    expect(cells.has("a")).toBe(true);
    host.tell({ op: "execution-finished", key: "x", value: infoOf(value), startstops: [], thread: 1 });
    host.hear({ op: "free-keys", keys: ["a", "x"], stimulusId: "s" });
    expect(cells.has("a")).toBe(false);
    expect(freed.sort()).toEqual(["a", "x"]);
  });

  it("asks another one if a peer is gone, and tells who waits for it", async () => {
    host.hear(compute("x", { a: [PEER, OTHER] }));
    const first = asked[0]!;
    host.hear({ op: "remove-worker", worker: first.peer, stimulusId: "s" });
    expect(gone).toEqual([first.peer]);
    first.answer("unreachable");
    await settled();
    expect(asked).toHaveLength(2);
    expect(asked[1]!.peer).not.toBe(first.peer);
  });

  it("asks a busy one again a little later", async () => {
    host.hear(compute("x", { a: [PEER] }));
    asked[0]!.answer("busy");
    await settled();
    expect(asked).toHaveLength(1);
    while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked[1]).toMatchObject({ peer: PEER, keys: ["a"] });
  });

  it("asks the scheduler where missing inputs are", async () => {
    host.hear(compute("x", { a: [PEER] }));
    asked[0]!.answer(new Map());
    await settled();
    while (!ops().includes("request-refresh-who-has"))
      await new Promise((resolve) => setTimeout(resolve, 10));
    host.hear({ op: "refresh-who-has", whoHas: new Map([["a", [OTHER]]]), stimulusId: "s" });
    expect(asked.at(-1)).toMatchObject({ peer: OTHER, keys: ["a"] });
  });

  it("hears nothing more when it is closed", async () => {
    host.hear(compute("x", { a: [PEER] }));
    host.close();
    asked[0]!.answer(new Map([["a", value]]));
    await settled();
    host.hear(compute("y"));
    expect(executed).toEqual([]);
    expect(cells.has("a")).toBe(false);
  });

  it("gives up when the state machine finds that something is wrong", () => {
    host.tell({ op: "execution-finished", key: "nobody's", value: infoOf(value), startstops: [], thread: 1 });
    expect(failures.splice(0)).toHaveLength(1);
    host.hear(compute("y"));
    expect(executed).toEqual([]);
  });
});
