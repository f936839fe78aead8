import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Input } from "../../../scripts/dask/graph-task.ts";
import { sharedCluster } from "../../support/dask-cluster.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";
import { SharedTasks } from "./shared-tasks.ts";

/** What programs begin with: a client, that sees warnings as errors, and futures of keys. */
const CLIENT = `
import operator, sys, warnings
warnings.simplefilter("error")
import numpy
from distributed import Client, Future, wait
client = Client(sys.argv[1], timeout=20, direct_to_workers=sys.argv[2] == "direct")
warnings.simplefilter("default")

def future(key):
    # What is sent for the futures of published collections.
    client._send_to_scheduler({"op": "client-desires-keys", "keys": [key]})
    return Future(key, client=client)

def failure(call):
    try:
        call()
    except Exception as error:
        return [type(error).__name__, str(error)]
`;

const VALUES = {
  int: () => 7,
  negative: () => -(2 ** 40),
  float: () => 1.5,
  big: () => 2n ** 80n,
  text: () => "grün 🦊",
  truth: () => true,
  nothing: () => null,
  list: () => [1, 2.5, "x", [null, false]],
  record: () => ({ a: 1, b: { c: [2, 3] } }),
  bytes: () => Uint8Array.of(0, 127, 255),
  doubles: () => Float64Array.from({ length: 100_000 }, (_, i) => i / 2),
  shorts: () => Int16Array.of(-1, 300),
  longs: () => BigInt64Array.of(-(2n ** 60n)),
};

const EXPECTED = {
  int: ["int", "7"],
  negative: ["int", "-1099511627776"],
  float: ["float", "1.5"],
  big: ["int", "1208925819614629174706176"],
  text: ["str", "'grün 🦊'"],
  truth: ["bool", "True"],
  nothing: ["NoneType", "None"],
  list: ["list", "[1, 2.5, 'x', [None, False]]"],
  record: ["dict", "{'a': 1, 'b': {'c': [2, 3]}}"],
  bytes: ["bytes", "b'\\x00\\x7f\\xff'"],
  doubles: ["ndarray", "float64 (100000,) 2499975000.0"],
  shorts: ["ndarray", "int16 (2,) 299"],
  longs: ["ndarray", "int64 (1,) -1152921504606846976"],
};

class OwnError extends Error {
  override readonly name = "OwnError";
  readonly detail = 7;
}

describeDask.each(RELEASES)("a Python client of a scheduler of release %s", (release) => {
  const cluster = sharedCluster({ release, workers: 2 });
  let tasks: SharedTasks;
  beforeAll(() => {
    tasks = new SharedTasks(cluster().address);
  });
  afterAll(() => tasks[Symbol.asyncDispose]());

  /** The answer of a program that begins with CLIENT. */
  const ask = (program: string, ...args: readonly unknown[]): Promise<unknown> =>
    runPython(
      release,
      `${CLIENT}\n${program}`,
      cluster().address,
      ...(args.length > 0 ? args : ["scheduler"]),
    );

  it.each(["scheduler", "direct"])("gathers plain results (%s)", async (way) => {
    tasks.submit(Object.fromEntries(Object.entries(VALUES).map(([key, fn]) => [`${key}-${way}`, [fn]])));
    const keys = Object.keys(VALUES);
    const program = `
way, keys = sys.argv[2], json.loads(sys.argv[3])
values = client.gather({key: future(key + "-" + way) for key in keys})
def shown(value):
    array = isinstance(value, numpy.ndarray)
    return [type(value).__name__, f"{value.dtype} {value.shape} {value.sum()}" if array else repr(value)]
print(json.dumps({key: shown(value) for key, value in values.items()}))
`;
    expect(await ask(program, way, keys)).toEqual(EXPECTED);
  });

  it("is told what a value is that only TypeScript has, and goes on", async () => {
    tasks.submit({ regex: [() => /x/g], plain: [() => 1] });
    const program = `
print(json.dumps([failure(future("regex").result), future("plain").result()]))
`;
    const [error, plain] = (await ask(program)) as [string[], number];
    expect(error.join(": ")).toContain("dispatch-graph");
    expect(plain).toBe(1);
  });

  it("reads exceptions of TypeScript tasks", async () => {
    tasks.submit({
      own: [
        () => {
          throw new OwnError("of its own");
        },
      ],
      type: [
        () => {
          throw new TypeError("no number");
        },
      ],
      range: [
        () => {
          throw new RangeError("too many");
        },
      ],
      thrown: [
        () => {
          throw "a text";
        },
      ],
      dependent: [(own: unknown) => own, new Input("own")],
    });
    const program = `
keys = ["own", "type", "range", "thrown", "dependent"]
print(json.dumps({key: failure(future(key).result) for key in keys}))
`;
    const found = (await ask(program)) as Record<string, [string, string]>;
    expect(found).toEqual({
      own: ["RuntimeError", expect.stringContaining("OwnError: of its own")],
      type: ["TypeError", expect.stringContaining("no number")],
      range: ["ValueError", expect.stringContaining("too many")],
      thrown: ["RuntimeError", expect.stringContaining("a text")],
      dependent: ["RuntimeError", expect.stringContaining("OwnError: of its own")],
    });
  });

  it("sees the states of tasks, who has them, and what they went through", async () => {
    tasks.submit({
      done: [() => 1],
      running: [() => new Promise(() => {})],
      waiting: [(one: unknown) => one, new Input("running")],
      failed: [
        () => {
          throw new Error("no");
        },
      ],
    });
    await tasks.settled(["done", "failed"]);
    const program = `
keys = ["done", "running", "waiting", "failed"]
futures = {key: future(key) for key in keys}
wait([futures["done"]])
states = client.run_on_scheduler(
    lambda dask_scheduler: {key: dask_scheduler.tasks[key].state for key in ["done", "running", "waiting", "failed"]}
)
workers = set(client.scheduler_info()["workers"])
who_has = client.who_has([futures["done"]])["done"]
story = client.story("done")
print(json.dumps({
    "states": states,
    "status": {key: one.status for key, one in futures.items()},
    "who_has": len(who_has), "known": set(who_has) <= workers, "has_what": any("done" in keys for keys in client.has_what().values()),
    "processing": sum("running" in keys for keys in client.processing().values()),
    "nbytes": client.nbytes(summary=False)["done"] > 0,
    "story": [row[2:4] for row in story if row[0] == "scheduler"], "of_worker": sum(row[0] in workers and row[1] == "done" for row in story),
}, default=list))
`;
    const held = await ask(program);
    expect(held).toMatchObject({
      states: { done: "memory", running: "processing", waiting: "waiting", failed: "erred" },
      status: { done: "finished", running: "pending", waiting: "pending", failed: "error" },
      ...{ who_has: 1, known: true, has_what: true, processing: 1, nbytes: true },
      story: expect.arrayContaining([
        ["released", "waiting"],
        ["processing", "memory"],
      ]),
    });
    expect((held as { of_worker: number }).of_worker).toBeGreaterThan(0);
    tasks.client.cancel(["running", "waiting"]);
  });

  it("finds nothing wrong with versions, and asks for logs, profiles, figures and the state of everything", async () => {
    tasks.submit({ sized: [() => new Float64Array(1000)] });
    await tasks.settled(["sized"]);
    const folder = mkdtempSync(join(tmpdir(), "dump-"));
    const program = `
import gzip, msgpack, time
from distributed.diagnostics import MemorySampler
warnings.simplefilter("error")
client.get_versions(check=True)
warnings.simplefilter("default")
sampler = MemorySampler()
with sampler.sample("x", client=client, interval=0.05):
    time.sleep(0.3)
client.dump_cluster_state(sys.argv[2] + "/state", format="msgpack")
with gzip.open(sys.argv[2] + "/state.msgpack.gz") as file:
    dump = msgpack.unpackb(file.read(), strict_map_key=False)
info = client.scheduler_info()["workers"].values()
print(json.dumps({
    "logs": [type(one).__name__ for one in client.get_worker_logs().values()],
    "profile": client.profile()["count"], "stacks": list(client.call_stack().values()),
    "memory": all(one["metrics"]["memory"] > 1e6 for one in info), "threads": sum(client.nthreads().values()),
    "sampled": len(sampler.samples["x"]) > 0,
    "dumped": [sorted(type(one).__name__ for one in dump["workers"].values()), "sized" in dump["scheduler"]["tasks"]],
    "stream": len(client.get_task_stream()) >= 0,
    "run": failure(lambda: client.run(lambda: 1)),
}))
`;
    try {
      expect(await ask(program, folder)).toMatchObject({
        ...{ logs: ["tuple", "tuple"], profile: 0, memory: true, threads: 2, sampled: true, stream: true },
        dumped: [["dict", "dict"], true],
        run: [expect.anything(), expect.stringContaining("runs no Python")],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("scatters, replicates, rebalances and releases among TypeScript workers", async () => {
    const program = `
import time
given = client.scatter({"given": [1, {"a": 2}], "array": numpy.arange(4.0)})
client.replicate(list(given.values()), n=2)
copies = [len(holders) for holders in client.who_has(list(given.values())).values()]
client.rebalance()
back = client.gather(given["given"]), client.gather(given["array"]).tolist()
ends = time.time() + 20
while time.time() < ends and client.run_on_scheduler(lambda dask_scheduler: "taken" not in dask_scheduler.tasks):
    time.sleep(0.05)
result = future("taken").result()
print(json.dumps([copies, back, result]))
`;
    const answer = ask(program);
    const isThere = async (key: string): Promise<boolean> =>
      ((await tasks.client.whoHas([key])).get(key)?.length ?? 0) > 0;
    while (!((await isThere("given")) && (await isThere("array")))) await sleep(50);
    const taken = (given: [number, object], array: Float64Array) => [
      given[0],
      Object.entries(given[1]),
      array[3],
    ];
    tasks.submit({ taken: [taken, new Input("given"), new Input("array")] });
    expect(await answer).toEqual([
      [2, 2],
      [
        [1, { a: 2 }],
        [0, 1, 2, 3],
      ],
      [1, [["a", 2]], 3],
    ]);
  });

  it("is told that Python tasks need Python workers", async () => {
    const program = `
print(json.dumps([failure(client.submit(operator.add, 1, 2).result), failure(client.submit(operator.add, 1, 3).result)]))
`;
    const found = (await ask(program)) as [string, string][];
    for (const [, text] of found) expect(text).toMatch(/Python/);
  });
});
