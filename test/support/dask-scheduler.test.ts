import { expect, it } from "vitest";
import { describeDask, NEWEST, RELEASES } from "./dask-environment.ts";
import { runPython, sharedScheduler, startPythonWorker, startScheduler } from "./dask-scheduler.ts";

/** A client that computes something on the cluster, and tells what it saw. */
const CLIENT = `
import sys, distributed
with distributed.Client(sys.argv[1]) as client:
    total = client.submit(sum, json.loads(sys.argv[2]))
    print(json.dumps({"total": total.result(), "version": distributed.__version__}))
`;

describeDask.each(RELEASES)("a scheduler of %s", (release) => {
  const shared = sharedScheduler({ release });

  it("runs, with workers and clients of Python", async () => {
    await using worker = await startPythonWorker(shared());
    expect(await runPython(release, CLIENT, shared().address, [1, 2, 3])).toEqual({
      total: 6,
      version: release,
    });
    expect(shared().log()).toContain(worker.address);
    expect(shared().mistakes()).toEqual([]);
  });

  it("checks itself, with the settings of the test", async () => {
    await using scheduler = await startScheduler({
      release,
      config: { "distributed.scheduler.worker-saturation": "inf" },
    });
    const look = `
import dask, distributed, math
def look(dask_scheduler):
    return [dask_scheduler.validate, math.isinf(dask_scheduler.WORKER_SATURATION),
        dask.config.get("distributed.scheduler.work-stealing-interval")]
with distributed.Client(sys.argv[1]) as client:
    print(json.dumps(client.run_on_scheduler(look)))
`;
    expect(await runPython(release, look, scheduler.address)).toEqual([true, true, "100ms"]);
  });
});

describeDask("a scheduler in a test", () => {
  it("can be killed", async () => {
    const scheduler = await startScheduler();
    await scheduler.kill();
    expect(await scheduler.exited).toMatchObject({ signal: "SIGKILL" });
  });

  it("fails the test that made a mistake", async () => {
    const scheduler = await startScheduler({ errorsExpected: true });
    const mistake = `
import distributed
def fail():
    import logging
    logging.getLogger("distributed.scheduler").error("AssertionError: (1, 2)")
with distributed.Client(sys.argv[1]) as client:
    print(json.dumps(client.run_on_scheduler(fail)))
`;
    await runPython(NEWEST, mistake, scheduler.address);
    expect(scheduler.mistakes()).toEqual([expect.stringContaining("AssertionError: (1, 2)")]);
    expect(() => scheduler.checkLog()).toThrow(/AssertionError: \(1, 2\)/);
    await scheduler[Symbol.asyncDispose]();
  });

  it("says why a program of Python failed", async () => {
    await expect(runPython(NEWEST, "raise ValueError('no good')")).rejects.toThrow(/ValueError: no good/);
    await expect(runPython(NEWEST, "print(1)\nsys.exit(3)")).rejects.toThrow(/ended with 3/);
  });
});
