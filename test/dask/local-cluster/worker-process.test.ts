import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it, vi } from "vitest";
import { startWorkerProcess } from "../../../src/dask/local-cluster/worker-process.ts";
import { describeDask, NEWEST } from "../../support/dask-environment.ts";
import { runPython, sharedScheduler } from "../../support/dask-scheduler.ts";
import { isAlive } from "../../support/parallel.ts";
import { groupOf } from "../../support/process-group.ts";

/** Names of the workers that a scheduler knows. */
const NAMES = `
import distributed
with distributed.Client(sys.argv[1]) as client:
    workers = client.scheduler_info(n_workers=-1)["workers"]
    print(json.dumps({address: [worker["name"], worker["nthreads"]] for address, worker in workers.items()}))
`;

describeDask("a worker process", () => {
  const scheduler = sharedScheduler();

  it("is ready when the scheduler knows it", async () => {
    const child = startWorkerProcess(scheduler().address, { name: "one", threads: 3, quiet: true });
    const { address } = await child.ready();
    expect(await runPython(NEWEST, NAMES, scheduler().address)).toEqual({ [address]: ["one", 3] });
    expect(groupOf(child.pid)).toBe(child.pid);
    await child.stop((it) => it.kill("SIGTERM"), 20_000);
    expect(await child.exited).toMatchObject({ code: 0 });
    expect(await runPython(NEWEST, NAMES, scheduler().address)).toEqual({});
  });

  it("lets what it says be seen from when it is ready on, and is silent if it is not", async () => {
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      const child = startWorkerProcess(scheduler().address, { name: "two" });
      await child.ready();
      expect(written.mock.calls.join("")).toMatch(/joined tcp:/);
      await child.kill();
      written.mockClear();
      const other = startWorkerProcess("tcp://127.0.0.1:1", { name: "three", connectTimeout: 100 });
      await expect(other.ready()).rejects.toThrow(
        /^worker "three" could not start: it exited with code 1\nno dask scheduler at tcp:\/\/127.0.0.1:1 /,
      );
      expect(written).not.toHaveBeenCalled();
    } finally {
      written.mockRestore();
    }
  });

  it.each(["SIGKILL", "SIGINT"] as const)("ends with its parent, when that ends by %s", async (signal) => {
    const program = `
      import { startWorkerProcess } from "./src/dask/local-cluster/worker-process.ts";
      const child = startWorkerProcess(${JSON.stringify(scheduler().address)}, { name: "orphan", quiet: true });
      child.ready().then(() => console.log(child.pid));`;
    const parent = spawn(process.execPath, ["--import", "tsx", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(createInterface(parent.stdout), "line");
    expect(isAlive(Number(line))).toBe(true);
    parent.kill(signal);
    await vi.waitFor(() => expect(isAlive(Number(line))).toBe(false), 20_000);
  });
});
