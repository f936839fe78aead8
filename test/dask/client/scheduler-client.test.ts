import { describe, expect, it } from "vitest";
import { SchedulerClient } from "../../../src/dask/client/scheduler-client.ts";
import { CancelledError, ExecutorError, NoWorkerError, RemoteError } from "../../../src/errors.ts";
import { describeDask, RELEASES, type Release } from "../../support/dask-environment.ts";
import {
  runPython,
  sharedScheduler,
  startPythonWorker,
  startScheduler,
} from "../../support/dask-scheduler.ts";
import { gathered, Listening, serialized } from "./listening.ts";

/** Has another client run Python functions, whose results stay: keys and what to call. */
async function publish(release: Release, address: string, calls: Record<string, string>): Promise<void> {
  await runPython(
    release,
    `
import time, numpy
from distributed import Client
calls = json.loads(sys.argv[2])
with Client(sys.argv[1], set_as_default=False) as client:
    futures = {key: client.submit(eval(call), key=key) for key, call in calls.items()}
    [future.result() for future in futures.values()]
    for key, future in futures.items():
        client.publish_dataset(future, name=key)
print(json.dumps("done"))
`,
    address,
    calls,
  );
}

const TASK = [new Uint8Array([1])];

describeDask.each(RELEASES)("a client of keys, of %s", (release) => {
  const scheduler = sharedScheduler({ release });

  it("puts values at workers and brings them back", async () => {
    await using _one = await startPythonWorker(scheduler());
    await using _two = await startPythonWorker(scheduler());
    await using client = new SchedulerClient(scheduler().address);
    const listening = new Listening();
    const numbers = new Float64Array(50_000).fill(2);
    await client.scatter(
      new Map([
        ["a", serialized(5)],
        ["b", serialized(numbers)],
      ]),
      listening,
    );
    expect(await gathered(client, "b", "a", "b")).toEqual({ a: 5, b: numbers });
    expect(client.state("a")).toEqual({ name: "finished" });
    expect(listening.heard.sort()).toEqual(["inMemory a", "inMemory b"]);
    client.release(["a", "b"], listening);
    await expect(client.gather(["a"])).rejects.toThrow('"a" is not wanted by this client');
    expect(await client.whoHas(["a"])).toEqual(new Map([["a", []]]));
  });

  it("says where things are, and moves them", async () => {
    await using one = await startPythonWorker(scheduler(), { name: "one" });
    await using two = await startPythonWorker(scheduler());
    await using client = new SchedulerClient(scheduler().address);
    const listening = new Listening();
    await client.scatter(new Map([["moved", serialized("text")]]), listening, { workers: [one.address] });
    expect(await client.whoHas(["moved"])).toEqual(new Map([["moved", [one.address]]]));
    expect((await client.hasWhat()).get(one.address)).toEqual(["moved"]);
    await client.replicate(["moved"]);
    expect((await client.whoHas(["moved"])).get("moved")?.sort()).toEqual([one.address, two.address].sort());
    await client.rebalance(["moved"]);
    expect(await client.retireWorkers([one.address])).toEqual([one.address]);
    expect(await client.whoHas(["moved"])).toEqual(new Map([["moved", [two.address]]]));
    expect(await gathered(client, "moved")).toEqual({ moved: "text" });
    await one.exited;
    const info = await client.schedulerInfo();
    expect(info.workers.map(({ address }) => address)).toEqual([two.address]);
    expect(info.workers[0]?.metrics.get("memory")).toEqual(expect.any(Number));
  });

  it("wants what others have computed; what is lost is computed again", async () => {
    await using one = await startPythonWorker(scheduler());
    await publish(release, scheduler().address, {
      power: "lambda: 2 ** 70",
      array: "lambda: numpy.arange(4.0)",
    });
    await using client = new SchedulerClient(scheduler().address);
    const listening = new Listening();
    client.desire(["power", "array"], listening);
    expect(await gathered(client, "power", "array")).toEqual({
      power: 2n ** 70n,
      array: new Float64Array([0, 1, 2, 3]),
    });
    await one.kill();
    await listening.hears("lost power");
    const waiting = gathered(client, "power");
    await using _two = await startPythonWorker(scheduler());
    expect(await waiting).toEqual({ power: 2n ** 70n });
    expect(listening.heard.filter((line) => line.endsWith("power"))).toEqual([
      "inMemory power",
      "lost power",
      "inMemory power",
    ]);
  });

  it("cancels what cannot be computed again, and what is not known", async () => {
    const one = await startPythonWorker(scheduler());
    await using client = new SchedulerClient(scheduler().address);
    const listening = new Listening();
    await client.scatter(new Map([["data", serialized(1)]]), listening);
    await one.kill();
    await listening.hears("cancelled data");
    expect(client.state("data")?.name).toBe("cancelled");
    client.desire(["unknown"], listening);
    await expect(client.gather(["unknown"])).rejects.toBeInstanceOf(CancelledError);
    client.updateGraph(
      {
        tasks: [{ key: "task", payloads: TASK, dependencies: ["missing"] }],
        outputs: ["task"],
        token: `t${release}1`,
      },
      listening,
    );
    await expect(client.wait(["task"])).rejects.toThrow(/"task" was cancelled: .*lost/);
  });

  it("passes failures on, also those of a dependency, and retries", async () => {
    await using _one = await startPythonWorker(scheduler());
    await using client = new SchedulerClient(scheduler().address);
    const listening = new Listening();
    const tasks = [
      { key: "bad", payloads: TASK, dependencies: [] },
      { key: "after", payloads: TASK, dependencies: ["bad"] },
    ];
    client.updateGraph({ tasks, outputs: ["after", "bad"], token: `t${release}2` }, listening);
    const failure = client.gather(["after"]);
    await expect(failure).rejects.toBeInstanceOf(RemoteError);
    await expect(failure).rejects.toThrow(
      /^after failed: builtins\.AttributeError: .*needs_a_dispatch_graph_worker/,
    );
    await listening.hears("erred bad");
    expect((await client.retry(["after", "nothing"])).sort()).toEqual(["after", "bad"]);
    expect(listening.heard).toContain("retried after");
    await expect(client.gather(["after"])).rejects.toBeInstanceOf(RemoteError);
    const other = new Listening();
    client.desire(["bad"], other);
    expect(other.heard).toEqual(["erred bad"]);
  });

  it("lets two want the same key", async () => {
    await using _one = await startPythonWorker(scheduler());
    await using client = new SchedulerClient(scheduler().address);
    const [one, two] = [new Listening(), new Listening()];
    await client.scatter(new Map([["shared", serialized(1)]]), one);
    client.desire(["shared"], two);
    client.release(["shared"], one);
    expect(await gathered(client, "shared")).toEqual({ shared: 1 });
    const waiting = new Listening();
    client.updateGraph(
      {
        tasks: [{ key: "never", payloads: TASK, dependencies: [], annotations: { resources: { NONE: 1 } } }],
        outputs: ["never"],
        token: `t${release}3`,
      },
      waiting,
    );
    const gathering = client.gather(["never"]);
    client.cancel(["never"]);
    await expect(gathering).rejects.toThrow('"never" was cancelled: this client has cancelled it');
    expect(await client.call("get_task_status", { keys: ["never"] })).toEqual(new Map([["never", null]]));
  });

  it("hears of events", async () => {
    await using client = new SchedulerClient(scheduler().address);
    await client.ready;
    const joined = new Promise<unknown>((resolve) => {
      const end = client.subscribe("all", (event) => {
        if (!(event instanceof Map) || event.get("action") !== "add-worker") return;
        end();
        resolve(event.get("worker"));
      });
    });
    await client.call("identity");
    await using worker = await startPythonWorker(scheduler());
    expect(await joined).toBe(worker.address);
  });

  it("is restarted", async () => {
    await using _one = await startPythonWorker(scheduler());
    await using client = new SchedulerClient(scheduler().address);
    const listening = new Listening();
    await client.scatter(new Map([["old", serialized(1)]]), listening);
    await client.restart({ timeout: 1000, waitForWorkers: false });
    await listening.hears("cancelled old");
    await expect(client.gather(["old"])).rejects.toThrow('"old" was cancelled: the scheduler was restarted');
  });

  it("does not wait for workers for ever", async () => {
    await using client = new SchedulerClient(scheduler().address, { noWorkerTimeout: 200 });
    await expect(client.waitForWorkers(1, { timeout: 10 })).rejects.toBeInstanceOf(NoWorkerError);
    const listening = new Listening();
    client.updateGraph(
      {
        tasks: [{ key: "alone", payloads: TASK, dependencies: [] }],
        outputs: ["alone"],
        token: `t${release}4`,
      },
      listening,
    );
    const failure = client.gather(["alone"]);
    await expect(failure).rejects.toThrow(
      `results are waited for, but the scheduler at ${scheduler().address} has had no worker for 200 ms`,
    );
    expect(listening.heard).toEqual(["NoWorkerError"]);
    await using _one = await startPythonWorker(scheduler());
    await listening.hears("erred alone");
  });

  it("says goodbye, and is of no use afterwards", async () => {
    const client = new SchedulerClient(scheduler().address);
    const listening = new Listening();
    client.updateGraph(
      {
        tasks: [{ key: "left", payloads: TASK, dependencies: [] }],
        outputs: ["left"],
        token: `t${release}5`,
      },
      listening,
    );
    const failure = client.gather(["left"]);
    await client.ready;
    expect(client.status).toBe("running");
    await Promise.all([client.close(), expect(failure).rejects.toThrow("the client is closed")]);
    expect(client.status).toBe("closed");
    expect(await client.closed).toBeUndefined();
    expect(listening.heard).toEqual(["ExecutorError"]);
    expect(() => client.desire(["left"], listening)).toThrow(ExecutorError);
    await expect(client.whoHas()).rejects.toThrow("the client is closed");
    await client.close();
    await using other = new SchedulerClient(scheduler().address);
    expect(await other.call("get_task_status", { keys: ["left"] })).toEqual(new Map([["left", null]]));
  });
});

describe("a client without Python", () => {
  it("refuses an address at once", () => {
    expect(() => new SchedulerClient("nowhere")).toThrow(TypeError);
  });
});

describeDask("many clients", () => {
  it("can come and go", async () => {
    await using scheduler = await startScheduler();
    const clients = Array.from({ length: 20 }, () => new SchedulerClient(scheduler.address));
    await Promise.all(clients.map((client) => client.ready));
    await Promise.all(clients.map((client) => client.close()));
    await using last = new SchedulerClient(scheduler.address);
    expect((await last.schedulerInfo()).workers).toEqual([]);
  });
});
