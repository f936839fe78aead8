import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalCluster } from "../../../src/dask/local-cluster/local-cluster.ts";
import { describeDask, NEWEST, OLDEST, pythonOf, RELEASES } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";
import { isAlive } from "../../support/parallel.ts";

const LIMIT = 20_000;
const python = pythonOf(NEWEST);

/** The workers that the scheduler of a cluster knows. */
const WORKERS = `
import distributed
with distributed.Client(sys.argv[1]) as client:
    workers = client.run_on_scheduler(lambda dask_scheduler: {
        worker.name: [worker.nthreads, worker.memory_limit, worker.resources]
        for worker in dask_scheduler.workers.values()})
    print(json.dumps(workers))
`;

const written: string[] = [];
beforeEach(() => {
  written.length = 0;
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => void vi.restoreAllMocks());

describeDask.each(RELEASES)("a cluster of %s on this machine", (release) => {
  it("starts, and ends, with all its workers", async () => {
    const cluster = await LocalCluster.start({
      python: pythonOf(release),
      workers: 2,
      threadsPerWorker: 3,
      memoryLimit: "500MB",
      resources: { GPU: 1 },
      dashboard: 0,
    });
    const pids = cluster.workers.map(({ pid }) => pid);
    try {
      expect(cluster.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
      expect(written).toEqual([`LocalCluster: dashboard: ${cluster.dashboardAddress}\n`]);
      expect((await fetch(cluster.dashboardAddress!)).status).toBe(200);
      expect(await runPython(release, WORKERS, cluster.address)).toEqual({
        "worker-1": [3, 500_000_000, { GPU: 1 }],
        "worker-2": [3, 500_000_000, { GPU: 1 }],
      });
    } finally {
      await cluster.close();
    }
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(cluster.workers).toEqual([]);
  });
});

describeDask("a cluster on this machine", () => {
  it("has as many workers as the machine has cores", async () => {
    await using cluster = await LocalCluster.start({ python, dashboard: false, quiet: true });
    expect(cluster.workers).toHaveLength(availableParallelism());
    expect(cluster.dashboardAddress).toBeUndefined();
    expect(written).toEqual([]);
  });

  it("grows and shrinks", async () => {
    await using cluster = await LocalCluster.start({ python, workers: 0, dashboard: false });
    expect(cluster.workers).toEqual([]);
    expect((await cluster.addWorkers(2)).map(({ name }) => name)).toEqual(["worker-1", "worker-2"]);
    await cluster.removeWorker("worker-1");
    await cluster.addWorkers();
    expect(cluster.workers.map(({ name }) => name)).toEqual(["worker-2", "worker-3"]);
    expect(Object.keys(await runPython<object>(NEWEST, WORKERS, cluster.address)).sort()).toEqual([
      "worker-2",
      "worker-3",
    ]);
    await expect(cluster.removeWorker("worker-1")).rejects.toThrow(
      "the cluster has no worker 'worker-1', only worker-2, worker-3",
    );
    await cluster.close();
    await expect(cluster.addWorkers()).rejects.toThrow("the cluster is closed");
    await cluster.close();
  });

  it("has its workers again after a restart, and after one has died", async () => {
    await using cluster = await LocalCluster.start({ python, workers: 2, dashboard: false });
    const before = cluster.workers.map(({ pid }) => pid);
    const restart =
      "import distributed\nwith distributed.Client(sys.argv[1]) as client:\n    client.restart(wait_for_workers=False)\n    print(1)";
    await runPython(NEWEST, restart, cluster.address);
    const pids = (): number[] => cluster.workers.map(({ pid }) => pid);
    await vi.waitFor(() => {
      expect(pids()).toHaveLength(2);
      expect(pids().some((pid) => before.includes(pid))).toBe(false);
    }, LIMIT);
    const [killed] = pids();
    process.kill(killed!, "SIGKILL");
    await vi.waitFor(() => {
      expect(pids()).toHaveLength(2);
      expect(pids()).not.toContain(killed);
    }, LIMIT);
    expect(written.join("")).toContain('worker "worker-1" was ended by SIGKILL; another takes its place');
  });

  it("ends when its scheduler dies", async () => {
    const cluster = await LocalCluster.start({ python, workers: 1, dashboard: false });
    const stop =
      "import distributed\nwith distributed.Client(sys.argv[1]) as client:\n    pid = client.run_on_scheduler(lambda: os.getpid())\nprint(pid)";
    const pid = await runPython<number>(NEWEST, stop, cluster.address);
    const [worker] = cluster.workers;
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(written.join("")).toContain("the scheduler was ended by SIGKILL"), LIMIT);
    await cluster.close();
    expect(isAlive(worker!.pid)).toBe(false);
  });

  it("takes the settings of the scheduler", async () => {
    await using cluster = await LocalCluster.start({
      python: pythonOf(OLDEST),
      workers: 0,
      dashboard: false,
      config: { "distributed.scheduler.worker-saturation": "inf" },
    });
    const look =
      "import distributed, math\nwith distributed.Client(sys.argv[1]) as client:\n    print(json.dumps(client.run_on_scheduler(lambda dask_scheduler: math.isinf(dask_scheduler.WORKER_SATURATION))))";
    expect(await runPython(OLDEST, look, cluster.address)).toBe(true);
  });

  it("is not there at all if a part of it cannot start", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await expect(LocalCluster.start({ python, port })).rejects.toThrow(
      /could not start.*ddress already in use/s,
    );
    server.close();
    // One that says which processes it was.
    const directory = mkdtempSync(join(tmpdir(), "cluster-"));
    const telling = join(directory, "python");
    writeFileSync(telling, `#!/bin/sh\necho $$ >> ${directory}/pids\nexec ${python} "$@"\n`, { mode: 0o755 });
    const { execPath } = process;
    process.execPath = "/nowhere/node";
    try {
      const options = { python: telling, workers: 2, dashboard: false };
      await expect(LocalCluster.start(options)).rejects.toThrow(
        /^worker "worker-1" could not start: .*ENOENT/,
      );
      const pids = readFileSync(join(directory, "pids"), "utf8").trim().split("\n").map(Number);
      expect(pids.map(isAlive)).toEqual([false, false]);
    } finally {
      process.execPath = execPath;
      rmSync(directory, { recursive: true });
    }
  });

  it("leaves nothing when its program is killed", async () => {
    const program = `
      import { LocalCluster } from "./src/dask/local-cluster/local-cluster.ts";
      const cluster = await LocalCluster.start({ python: ${JSON.stringify(python)}, workers: 2, quiet: true, dashboard: false });
      console.log(JSON.stringify({ address: cluster.address, pids: cluster.workers.map(({ pid }) => pid) }));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(createInterface(parent.stdout), "line");
    const { address, pids } = JSON.parse(line) as { address: string; pids: number[] };
    const look =
      "import distributed\nwith distributed.Client(sys.argv[1]) as client:\n    pid = client.run_on_scheduler(lambda: os.getpid())\nprint(pid)";
    pids.push(await runPython<number>(NEWEST, look, address));
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    parent.kill("SIGKILL");
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false, false]), LIMIT);
  });

  it("ends with a program that has nothing else to do", async () => {
    const program = `
      import { LocalCluster } from "./src/dask/local-cluster/local-cluster.ts";
      await LocalCluster.start({ python: ${JSON.stringify(python)}, workers: 1, quiet: true, dashboard: false });`;
    const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    expect(await once(parent, "exit")).toEqual([0, null]);
  });
});

describe("settings of a cluster", () => {
  it.each([
    [{ workers: -1 }, "workers must be a whole number from 0 to 1000, got -1"],
    [{ workers: 1.5 }, "workers must be a whole number from 0 to 1000, got 1.5"],
    [{ port: 70_000 }, "port must be a port from 0 to 65535, got 70000"],
    [{ dashboard: -1 }, "dashboard must be a port from 0 to 65535, got -1"],
    [{ memoryLimit: "much" }, 'memoryLimit must be "auto", bytes, or a text such as "4GB", not "much"'],
    [{ threadsPerWorker: 0 }, "threads must be a whole number from 1 to 1024, not 0"],
  ])("are checked before anything starts: %j", async (options, message) => {
    await expect(LocalCluster.start({ ...options, python: "/nowhere" })).rejects.toThrow(
      new RangeError(message),
    );
  });
});
