import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import { startPython } from "../../src/dask/local-cluster/python-process.ts";
import { machineMemory } from "../../src/dask/worker/memory-limit.ts";
import { describeDask, NEWEST, pythonOf } from "../support/dask-environment.ts";
import { runPython, sharedScheduler } from "../support/dask-scheduler.ts";
import { isAlive } from "../support/parallel.ts";
import { type Ended, runNode } from "../support/program.ts";
import { ROOT } from "../support/source-files.ts";

const COMMAND = join(ROOT, "dist/cli/main.js");
const LIMIT = 20_000;

/** What the scheduler knows of its workers, when there are as many. */
const WORKERS = `
import distributed
with distributed.Client(sys.argv[1]) as client:
    if int(sys.argv[2]) > 0:
        client.wait_for_workers(int(sys.argv[2]), timeout=20)
    workers = client.run_on_scheduler(lambda dask_scheduler: [
        [worker.name, worker.nthreads, worker.memory_limit, worker.resources, worker.address, worker.pid, worker.local_directory]
        for worker in dask_scheduler.workers.values()])
    print(json.dumps(sorted(workers, key=lambda worker: worker[0])))
`;

type Known = [name: string, threads: number, memory: number, resources: object, address: string, pid: number];

class Running implements AsyncDisposable {
  readonly #child: ChildProcess;
  stderr = "";

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [COMMAND, "worker", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.send("SIGKILL");
    await this.exitCode();
  }
}

const worker = (...args: readonly string[]): Promise<Ended> => runNode(ROOT, COMMAND, "worker", ...args);

describeDask("dispatch-graph worker", () => {
  const scheduler = sharedScheduler();
  const known = (count: number): Promise<Known[]> => runPython(NEWEST, WORKERS, scheduler().address, count);

  it("starts workers, which leave at the first signal", async () => {
    await using command = new Running(
      ...[scheduler().address.slice("tcp://".length), "--nworkers", "2", "--nthreads", "3", "--name", "ann"],
      ...["--memory-limit", "600MB", "--resources", "GPU=2"],
    );
    const workers = await known(2);
    const expected = [
      3,
      600_000_000,
      { GPU: 2 },
      expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:/),
      expect.any(Number),
    ];
    expect(workers.map((one) => one.slice(0, 6))).toEqual([
      ["ann-1", ...expected],
      ["ann-2", ...expected],
    ]);
    command.send("SIGTERM");
    expect(await command.exitCode()).toBe(0);
    expect(workers.map((one) => isAlive(one[5]))).toEqual([false, false]);
    expect(await known(0)).toEqual([]);
    expect(command.stderr).toContain("dispatch-graph: SIGTERM: closing (once more to end at once)\n");
  });

  it("starts one for each core, and gives each its share of the memory", async () => {
    await using command = new Running(scheduler().address, "--nworkers", "auto");
    const cores = availableParallelism();
    const workers = await known(cores);
    expect(new Set(workers.map((one) => one[2]))).toEqual(new Set([Math.floor(machineMemory() / cores)]));
    command.send("SIGINT");
    expect(await command.exitCode()).toBe(0);
  });

  it("starts another worker in the place of one that dies, and ends with the last that was retired", async () => {
    await using command = new Running(scheduler().address, "--name", "bob", "--memory-limit", "0.5");
    const [[name, threads, memory, , , pid]] = (await known(1)) as [Known];
    expect([name, threads, memory]).toEqual(["bob", 1, Math.floor(machineMemory() / 2)]);
    process.kill(pid, "SIGKILL");
    await vi.waitFor(async () => expect((await known(1))[0]?.[5]).not.toBe(pid), LIMIT);
    expect(command.stderr).toContain('worker "bob" was ended by SIGKILL; another takes its place');
    const retire =
      "import distributed\nwith distributed.Client(sys.argv[1]) as client:\n    print(len(client.retire_workers(names=['bob'])))";
    expect(await runPython(NEWEST, retire, scheduler().address)).toBe(1);
    expect(await command.exitCode()).toBe(0);
  });

  it("ends at once at the second signal, whatever its workers do", async () => {
    await using command = new Running(scheduler().address, "--name", "eve");
    const [[, , , , , pid]] = (await known(1)) as [Known];
    process.kill(pid, "SIGSTOP");
    command.send("SIGINT");
    await vi.waitFor(() => expect(command.stderr).toContain("closing"), LIMIT);
    command.send("SIGINT");
    expect(await command.exitCode()).toBe(1);
    expect(isAlive(pid)).toBe(false);
  });

  it("leaves nothing when it is killed", async () => {
    await using command = new Running(scheduler().address, "--name", "kim");
    const [[, , , , , pid]] = (await known(1)) as [Known];
    command.send("SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), LIMIT);
  });

  it("listens where it is told to, and says if it cannot", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const args = [scheduler().address, "--host", "127.0.0.1", "--port", String(port), "--name", "lea"];
    expect(await worker(...args)).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(
        new RegExp(`^dispatch-graph: worker "lea" could not start: .*127.0.0.1:${port}.*in use.*\n$`),
      ),
    });
    server.close();
    await using command = new Running(...args);
    expect((await known(1))[0]?.[4]).toBe(`tcp://127.0.0.1:${port}`);
    command.send("SIGTERM");
    expect(await command.exitCode()).toBe(0);
  });

  it("says if the scheduler is too old", async () => {
    const source = `
import asyncio, json, distributed.versions
from distributed import Scheduler
distributed.versions.get_package_info = lambda packages: {"distributed": "2022.12.1"}
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False, dashboard_address="127.0.0.1:0") as scheduler:
        print(json.dumps(scheduler.address), flush=True)
        await scheduler.finished()
asyncio.run(main())
`;
    const old = startPython<string>({ what: "it", python: pythonOf(NEWEST), source, args: [] });
    try {
      expect(await worker(await old.ready(), "--name", "ole")).toEqual({
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /^dispatch-graph: worker "ole" could not start: .*2022\.12\.1.*2024\.12\.1.*\n$/,
        ),
      });
    } finally {
      await old.kill();
    }
  });
});

describe("dispatch-graph worker", () => {
  it("says in one line that nobody answers", async () => {
    const { code, stdout, stderr } = await worker(
      "tcp://127.0.0.1:1",
      "--name",
      "tom",
      "--death-timeout",
      "0.2",
    );
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^dispatch-graph: worker "tom" could not start: no dask scheduler at tcp:\/\/127\.0\.0\.1:1 .*ECONNREFUSED.*\n$/,
    );
  });

  it("ends in order when it is interrupted before it has found the scheduler", async () => {
    // Something that listens, and is no scheduler.
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const connected = once(server, "connection");
    await using command = new Running(`127.0.0.1:${port}`, "--death-timeout", "60");
    await connected;
    command.send("SIGTERM");
    expect(await command.exitCode()).toBe(0);
    expect(command.stderr).toBe("dispatch-graph: SIGTERM: closing (once more to end at once)\n");
    server.close();
  });
});

describe("flags of dispatch-graph worker", () => {
  const out: string[] = [];
  const err: string[] = [];
  beforeEach(() => {
    out.length = err.length = 0;
    vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
    vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
  });
  afterEach(() => void vi.restoreAllMocks());

  it("are explained", async () => {
    expect(await runProgram(["worker", "--help"])).toBe(0);
    const text = out.join("").replaceAll(/\s+/g, " ");
    for (const said of [
      "Usage: dispatch-graph worker [options] <scheduler>",
      "--nworkers <n>",
      "Examples:",
      "pip install distributed",
      "a network you trust",
    ]) {
      expect(text).toContain(said);
    }
  });

  it.each([
    [["http://a:1"], /http:\/\/a:1.*the protocol must be tcp/],
    [["somewhere"], /somewhere.*it must have a port/],
    [["a:1", "b:2"], /too many arguments/],
    [
      ["a:1", "--nworkers", "0"],
      /--nworkers <n>' argument '0' is invalid. It must be a whole number from 1 to 1000/,
    ],
    [["a:1", "--nthreads", "x"], /--nthreads <n>' argument 'x' is invalid/],
    [["a:1", "--memory-limit", "much"], /--memory-limit <amount>' argument 'much' is invalid/],
    [["a:1", "--port", "70000"], /--port <port>' argument '70000' is invalid/],
    [["a:1", "--death-timeout", "soon"], /It must be a number of seconds/],
    [["a:1", "--resources", "GPU"], /It must be like GPU=2/],
    [["a:1", "--nannies"], /unknown option '--nannies'/],
  ])("are refused in one line if they are wrong: %j", async (args, problem) => {
    expect(await runProgram(["worker", ...args])).toBe(2);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(problem);
    expect(err[0]).toMatch(/^dispatch-graph: .*\n$/);
  });
});
