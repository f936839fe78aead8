import { type ChildProcess, execFile, spawn as spawnProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { processSpawner } from "../../src/spawn/processes.ts";
import { ENTRY, servant, spawnContract } from "../support/spawn-contract.ts";

const SPAWNER = new URL("../../dist/spawn/processes.js", import.meta.url).href;

const spawner = () => processSpawner({ entry: ENTRY });

describe("processes", () => {
  spawnContract(spawner, {
    killed: { code: null, signal: "SIGKILL" },
    smallMemory: () => processSpawner({ entry: ENTRY, execArgv: ["--max-old-space-size=40"] }),
    withEntry: (entry) => processSpawner({ entry }),
  });

  it("are processes of their own", async () => {
    const { worker } = servant(spawner(), "one");
    expect(worker.pid).toBeGreaterThan(0);
    expect(worker.pid).not.toBe(process.pid);
    expect(worker.threadId).toBeUndefined();
  });

  it("cannot start with flags that Node does not know", async () => {
    const worker = processSpawner({ entry: ENTRY, execArgv: ["--no-such-flag"] })({ id: "one", data: 1 });
    await expect(worker.ready).rejects.toThrow(/it exited with code 9\n.*bad option: --no-such-flag/s);
  });

  it("cannot start where there is no Node", async () => {
    const { execPath } = process;
    process.execPath = "/nowhere/node";
    const worker = processSpawner({ entry: ENTRY })({ id: "one", data: 1 });
    process.execPath = execPath;
    await expect(worker.ready).rejects.toThrow(/"one" could not start: .*ENOENT/);
    expect(worker.pid).toBe(-1);
    expect(existsSync(dirname(worker.address!))).toBe(false);
    await worker.terminate();
  });

  it("tell the signal that has ended them", async () => {
    const one = servant(spawner(), "one");
    expect(await one.ask("loop")).toBe("looping");
    process.kill(one.worker.pid, "SIGTERM");
    expect(await one.worker.exited).toEqual({ code: null, signal: "SIGTERM", error: undefined });
  });

  it("leave it to the controller what a key press on the terminal means", async () => {
    const one = servant(spawner(), "one");
    await one.worker.ready;
    process.kill(one.worker.pid, "SIGINT");
    expect(await one.ask("seed")).toMatchObject({ id: "one" });
  });

  it("listen in a directory that is there while one of them is", async () => {
    const spawn = spawner();
    const [a, b] = [servant(spawn, "a"), servant(spawn, "b")];
    await Promise.all([a.worker.ready, b.worker.ready]);
    const directory = dirname(a.worker.address!);
    expect(dirname(b.worker.address!)).toBe(directory);
    expect(readdirSync(directory)).toHaveLength(2);
    process.kill(a.worker.pid, "SIGKILL");
    await a.worker.exited;
    expect(readdirSync(directory)).toHaveLength(1);
    await b.worker.terminate();
    expect(existsSync(directory)).toBe(false);
    const c = servant(spawn, "c");
    await c.worker.ready;
    expect(existsSync(c.worker.address!)).toBe(true);
  });

  it("do not listen to strangers", async () => {
    const one = servant(spawner(), "one");
    await one.worker.ready;
    const socket = connectSocket(one.worker.address!);
    socket.write("let me in, let me in, let me in, let me in");
    socket.resume();
    await once(socket, "close");
    expect(await one.ask("seed")).toMatchObject({ id: "one" });
  });

  it("end revocations that nobody answers any more", async () => {
    const one = servant(spawner(), "one");
    const ticket = one.worker.claims.offer();
    const revoking = one.worker.claims.revoke([ticket]);
    process.kill(one.worker.pid, "SIGKILL");
    expect([[], [ticket]]).toContainEqual(await revoking);
    expect(await one.worker.claims.revoke([ticket])).toEqual([]);
  });

  it("let the controller end when they are unref'd, and end with it", async () => {
    const { pids, directory, exit } = await controller("unref");
    expect(await exit).toEqual([0, null]);
    await gone(pids, directory);
  });
});

describe("when the controller dies", () => {
  it.each(["idle", "loop", "just starting"])("processes end: %s", async (state) => {
    const { child, pids, directory, exit } = await controller(state);
    child.kill("SIGKILL");
    await exit;
    await gone(pids, directory);
  });

  it("processes end although it ended in good order without ending them", async () => {
    const { pids, directory, exit } = await controller("exit");
    await exit;
    await gone(pids, directory);
  });

  it("nothing is left of processes that it killed in its last moment", async () => {
    const { pids, directory, exit } = await controller("terminate and exit");
    expect(await exit).toEqual([0, null]);
    expect(existsSync(directory)).toBe(false);
    await gone(pids, directory);
  });

  it("processes end although one of them was killed before", async () => {
    const { child, pids, directory, exit } = await controller("loop");
    child.kill("SIGSTOP");
    process.kill(pids[0]!, "SIGKILL");
    child.kill("SIGKILL");
    await exit;
    await gone(pids, directory);
  });
});

interface Controller {
  readonly child: ChildProcess;
  /** Of its workers. */
  readonly pids: readonly number[];
  readonly directory: string;
  readonly exit: Promise<[number | null, string | null]>;
}

/** Another process with three workers in this state. */
async function controller(state: string): Promise<Controller> {
  const text = `
    import { processSpawner } from ${JSON.stringify(SPAWNER)};
    const spawn = processSpawner({ entry: new URL(${JSON.stringify(ENTRY.href)}) });
    const state = ${JSON.stringify(state)};
    const workers = ["a", "b", "c"].map((id) => spawn({ id }));
    if (state !== "just starting") await Promise.all(workers.map(({ ready }) => ready));
    if (state === "loop") await Promise.all(workers.map(({ comm }) => new Promise((looping) => {
      comm.onMessage = looping;
      comm.send({ order: "loop" });
    })));
    console.log(JSON.stringify(workers.map(({ pid, address }) => ({ pid, address }))));
    if (state === "unref") for (const worker of workers) worker.unref();
    if (state === "terminate and exit") for (const worker of workers) worker.terminate();
    if (state.endsWith("exit")) process.exit();
  `;
  const child = spawnProcess(process.execPath, ["--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit") as Promise<[number | null, string | null]>;
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const workers = JSON.parse(line) as { pid: number; address: string }[];
  return { child, pids: workers.map(({ pid }) => pid), directory: dirname(workers[0]!.address), exit };
}

/** Resolves when none of the processes is there any more, nor their directory. */
async function gone(pids: readonly number[], directory: string): Promise<void> {
  for (const pid of pids) while (await isAlive(pid));
  while (existsSync(directory)) await new Promise((resolve) => setImmediate(resolve));
}

/** Also false of a process that has ended and that nobody has asked about yet. */
async function isAlive(pid: number): Promise<boolean> {
  const state = await new Promise<string>((resolve) => {
    execFile("ps", ["-o", "stat=", "-p", String(pid)], (_, output) => resolve(output.trim()));
  });
  return state !== "" && !state.startsWith("Z");
}
