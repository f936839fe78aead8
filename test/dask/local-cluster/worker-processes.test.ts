import { expect, it, vi } from "vitest";
import { WorkerProcesses } from "../../../src/dask/local-cluster/worker-processes.ts";
import { describeDask } from "../../support/dask-environment.ts";
import { sharedScheduler, startScheduler } from "../../support/dask-scheduler.ts";
import { isAlive } from "../../support/parallel.ts";

const LIMIT = 20_000;

describeDask("worker processes", () => {
  const scheduler = sharedScheduler();

  function processes(address = scheduler().address): { workers: WorkerProcesses; troubles: string[] } {
    const troubles: string[] = [];
    const onTrouble = (line: string): void => void troubles.push(line);
    return { workers: new WorkerProcesses({ scheduler: address, background: false, onTrouble }), troubles };
  }

  const names = ({ workers }: WorkerProcesses): string[] => workers.map(({ name }) => name);
  const named = (...all: string[]) => all.map((name) => ({ name, quiet: true }));

  it("start, leave and end", async () => {
    const { workers, troubles } = processes();
    const [a, b] = await workers.add(named("a", "b"));
    expect(workers.workers).toEqual([a, b]);
    expect(a).toEqual({
      name: "a",
      address: expect.stringMatching(/^tcp:\/\/127.0.0.1:\d+$/),
      pid: expect.any(Number),
    });
    expect([await workers.remove("a"), await workers.remove("a"), await workers.remove("x")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([names(workers), isAlive(a!.pid), isAlive(b!.pid)]).toEqual([["b"], false, true]);
    await workers.add(named("c"));
    expect(names(workers)).toEqual(["b", "c"]);
    await workers.leave();
    expect([names(workers), isAlive(b!.pid)]).toEqual([[], false]);
    expect(await workers.ended).toBe(true);
    expect(troubles).toEqual([]);
  });

  it("are replaced when they are lost", async () => {
    const { workers, troubles } = processes();
    const [lost] = await workers.add(named("d", "e"));
    process.kill(lost!.pid, "SIGKILL");
    await vi.waitFor(() => expect(troubles).toHaveLength(1), LIMIT);
    expect(troubles).toEqual(['worker "d" was ended by SIGKILL; another takes its place']);
    await vi.waitFor(() => expect(names(workers)).toEqual(["d", "e"]), LIMIT);
    expect(workers.workers[0]!.pid).not.toBe(lost!.pid);
    await workers.close();
    expect(await workers.ended).toBe(true);
    expect(workers.workers).toEqual([]);
  });

  it("are not replaced when that fails, nor when all are closed", async () => {
    await using own = await startScheduler();
    const { workers, troubles } = processes(own.address);
    await workers.add([{ name: "f", quiet: true, connectTimeout: 4000 }]);
    await own.kill();
    expect(await workers.ended).toBe(false);
    expect(troubles).toEqual([
      'worker "f" exited with code 1; another takes its place',
      expect.stringMatching(/^worker "f" could not start: no dask scheduler at /),
    ]);
  });

  it("are none if one of them cannot start", async () => {
    const { workers } = processes();
    const bad = { name: "h", quiet: true, localDirectory: "/proc/nowhere", host: "203.0.113.7" };
    await expect(workers.add([...named("g"), bad])).rejects.toMatchObject({
      code: "ERR_WORKER_START",
      message: expect.stringMatching(/^worker "h" could not start: .*203\.0\.113\.7/),
    });
    expect(workers.workers).toEqual([]);
    // And may be added after that.
    const [g] = await workers.add(named("g"));
    await workers.close();
    expect(isAlive(g!.pid)).toBe(false);
  });
});
