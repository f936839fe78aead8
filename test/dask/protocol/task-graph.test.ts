import { expect, it } from "vitest";
import { keyId } from "../../../src/dask/protocol/key.ts";
import { decodeMessage, encodeMessage, Pickled } from "../../../src/dask/protocol/message.ts";
import { profileOf } from "../../../src/dask/protocol/profile.ts";
import { readRunSpec } from "../../../src/dask/protocol/run-spec.ts";
import { type TaskGraph, updateGraph } from "../../../src/dask/protocol/task-graph.ts";
import { describeDask, NEWEST, RELEASES, type Release } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";
import { bytesOf } from "../golden/golden.ts";

const CODE = new Uint8Array(Buffer.from("code ".repeat(100)));
const TUPLE = keyId(["x", 0]);
const LABEL = {
  workers: ["tcp://10.0.0.1:1"],
  allowOtherWorkers: true,
  resources: { GPU: 0.5 },
  retries: 2,
  priority: -3,
};

function graphOf(which: "plain" | "same" | "mixed"): TaskGraph {
  const some = which === "plain" ? undefined : LABEL;
  return {
    token: "unique",
    outputs: ["add-2", TUPLE],
    tasks: [
      { key: "inc-1", payloads: [CODE, Uint8Array.of(1)], dependencies: [], annotations: some },
      { key: TUPLE, payloads: [CODE], dependencies: ["inc-1"], annotations: some },
      {
        key: "add-2",
        payloads: [CODE, new Uint8Array(0)],
        dependencies: ["inc-1", TUPLE, "inc-1", "elsewhere"],
        annotations: which === "same" ? LABEL : undefined,
      },
    ],
    internalPriority: new Map([
      ["inc-1", 0],
      [TUPLE, 1],
      ["add-2", 2],
    ]),
    submittingTask: "parent",
  };
}

interface Seen {
  readonly tasks: readonly (readonly [key: unknown, dependencies: readonly unknown[]])[];
  readonly annotations: Record<string, readonly (readonly [key: unknown, value: unknown])[]>;
  readonly message: Record<string, unknown>;
  readonly specs: readonly (readonly string[])[];
}

/** What the scheduler makes of it: it reads the graph, and writes each task anew. */
const SCHEDULER = `
from distributed.protocol import dumps, loads
from distributed.protocol.serialize import ToPickle, deserialize
import distributed.scheduler as scheduler
message = loads([bytes.fromhex(frame) for frame in json.loads(sys.argv[1])], deserialize=False)
message.pop("op")
if "expr_ser" in message:
    serialized = message.pop("expr_ser")
    graph = deserialize(serialized.header, serialized.frames)
    tasks, annotations = scheduler._materialize_graph(graph, True)
else:
    graph = deserialize(message.pop("graph_header"), message.pop("graph_frames")).data
    tasks, _, annotations = scheduler._materialize_graph(graph, {}, True, set(message["keys"]))
print(json.dumps({
    "tasks": [[key, sorted(map(str, task.dependencies))] for key, task in tasks.items()],
    "annotations": {name: list(values.items()) for name, values in annotations.items()},
    "message": {**message, "keys": sorted(message["keys"], key=str), "internal_priority": list(message["internal_priority"].items())},
    "specs": [[frame.hex() for frame in dumps({"run_spec": ToPickle(task)})] for task in tasks.values()],
}))
`;

const seenBy = (release: Release, graph: TaskGraph): Promise<Seen> =>
  runPython<Seen>(
    release,
    SCHEDULER,
    encodeMessage(updateGraph(profileOf(release), graph)).map((frame) => Buffer.from(frame).toString("hex")),
  );

describeDask.each(RELEASES)("updateGraph, read by the scheduler of %s", (release) => {
  it("gives it the tasks and their dependencies, and the worker what was written", async () => {
    const { tasks, annotations, message, specs } = await seenBy(release, graphOf("plain"));
    expect(tasks).toEqual([
      ["inc-1", []],
      [["x", 0], ["inc-1"]],
      ["add-2", ["('x', 0)", "elsewhere", "inc-1"]],
    ]);
    expect(annotations).toEqual({});
    expect(message).toEqual({
      keys: [["x", 0], "add-2"],
      internal_priority: [
        ["inc-1", 0],
        [["x", 0], 1],
        ["add-2", 2],
      ],
      submitting_task: "parent",
      fifo_timeout: "60s",
      actors: null,
      code: [],
      annotations: {},
      span_metadata: {},
    });
    const read = specs.map((frames) => {
      const spec = (decodeMessage(frames.map(bytesOf)) as Map<string, unknown>).get("run_spec");
      return readRunSpec(spec as Pickled);
    });
    expect(read).toEqual([
      { kind: "task", payloads: [CODE, Uint8Array.of(1)], dependencies: [] },
      { kind: "task", payloads: [CODE], dependencies: ["inc-1"] },
      {
        kind: "task",
        payloads: [CODE, new Uint8Array(0)],
        dependencies: ["inc-1", TUPLE, "inc-1", "elsewhere"],
      },
    ]);
  });

  const python = {
    workers: ["tcp://10.0.0.1:1"],
    allow_other_workers: true,
    resources: { GPU: 0.5 },
    retries: 2,
    priority: -3,
  };

  it("gives it annotations of all tasks with the message, and those of some with their layer", async () => {
    const same = await seenBy(release, graphOf("same"));
    expect([same.message.annotations, same.annotations]).toEqual([python, {}]);
    const mixed = await seenBy(release, graphOf("mixed"));
    expect(mixed.message.annotations).toEqual({});
    expect(mixed.annotations).toEqual(
      Object.fromEntries(
        Object.entries(python).map(([name, value]) => [
          name,
          [
            ["inc-1", value],
            [["x", 0], value],
          ],
        ]),
      ),
    );
    expect(mixed.tasks.length).toBe(3);
  });
});

it("writes what several tasks have in common once", () => {
  const tasks = Array.from({ length: 300 }, (_, index) => ({
    key: `task-${index}`,
    payloads: [CODE],
    dependencies: index === 0 ? [] : [`task-${index - 1}`, "common"],
  }));
  const frames = encodeMessage(updateGraph(profileOf(NEWEST), { tasks, outputs: [], token: "x" }));
  expect(frames.at(-1)!.byteLength).toBeLessThan(CODE.byteLength + 300 * 60);
  expect(new Pickled(frames.at(-1)!).bytes[0]).toBe(0x80);
});
