import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { startScheduler, stopScheduler } from "../../../src/dask/local-cluster/scheduler-process.ts";
import { describeDask, NEWEST, pythonOf, RELEASES } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";

describeDask.each(RELEASES)("the scheduler of %s", (release) => {
  const python = pythonOf(release);

  it("listens where it says, on this machine alone, with its settings", async () => {
    const scheduler = await startScheduler({
      python,
      port: 0,
      dashboard: 0,
      config: {
        "distributed.scheduler.worker-saturation": "inf",
        "distributed.scheduler.allowed-failures": 7,
        "distributed.scheduler.validate": true,
      },
    });
    try {
      expect(scheduler.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
      expect(scheduler.dashboardAddress).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/status$/);
      const health = await fetch(new URL("/health", scheduler.dashboardAddress));
      expect(await health.text()).toBe("ok");
      const look = `
import dask, distributed
def look(dask_scheduler):
    return [dask_scheduler.validate, dask_scheduler.allowed_failures, dask_scheduler.WORKER_SATURATION > 1e9]
with distributed.Client(sys.argv[1]) as client:
    print(json.dumps(client.run_on_scheduler(look)))
`;
      expect(await runPython(release, look, scheduler.address)).toEqual([true, 7, true]);
    } finally {
      await stopScheduler(scheduler);
    }
    // In order, and not by SIGKILL.
    expect(await scheduler.process.exited).toMatchObject({ code: 0, signal: null });
  });
});

describeDask("a scheduler", () => {
  const python = pythonOf(NEWEST);

  it("need not have a dashboard", async () => {
    const scheduler = await startScheduler({ python, port: 0, dashboard: undefined });
    expect(scheduler.dashboardAddress).toBeUndefined();
    await stopScheduler(scheduler);
  });

  it("says which port is in use, and leaves nothing", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await expect(startScheduler({ python, port, dashboard: undefined })).rejects.toMatchObject({
      code: "ERR_LOCAL_CLUSTER",
      message: expect.stringMatching(
        new RegExp(
          `^the scheduler on port ${port} \\(with .*python\\) could not start: it exited with code 1\\n.*ddress already in use`,
          "s",
        ),
      ),
    });
    // A dashboard finds another one.
    const scheduler = await startScheduler({ python, port: 0, dashboard: port });
    expect(scheduler.dashboardAddress).not.toContain(`:${port}/`);
    await stopScheduler(scheduler);
    server.close();
  });
});
