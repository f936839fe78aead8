import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";
import { threadSpawner } from "../../src/spawn/threads.ts";
import { ENTRY, servant, spawnContract } from "../support/spawn-contract.ts";

const SPAWNER = new URL("../../dist/spawn/threads.js", import.meta.url).href;

describe("threads", () => {
  spawnContract(() => threadSpawner({ entry: ENTRY }), {
    killed: { code: 1, signal: null },
    smallMemory: () => threadSpawner({ entry: ENTRY, resourceLimits: { maxOldGenerationSizeMb: 40 } }),
    withEntry: (entry) => threadSpawner({ entry }),
  });

  it("are threads of this process", async () => {
    const { worker } = servant(threadSpawner({ entry: ENTRY }), "one");
    expect(worker.pid).toBe(process.pid);
    expect(worker.threadId).toBeGreaterThan(0);
    expect(worker.address).toBeUndefined();
  });

  it("tell what they died of", async () => {
    const one = servant(threadSpawner({ entry: ENTRY }), "one");
    one.tell("throw later", "oh no");
    expect((await one.worker.exited).error).toEqual(new RangeError("oh no"));
  });

  it("cannot start with flags that Node refuses", async () => {
    const spawn = threadSpawner({ entry: ENTRY, execArgv: ["--expose-gc", "--no-such-flag"] });
    const worker = spawn({ id: "one", data: undefined });
    await expect(worker.ready).rejects.toThrow(/"one" could not start: .*--no-such-flag/);
    expect(await worker.exited).toMatchObject({ code: null });
    await worker.terminate();
  });

  it("know whether a ticket was taken", async () => {
    const one = servant(threadSpawner({ entry: ENTRY }), "one");
    const [a, b] = [one.worker.claims.offer(), one.worker.claims.offer()];
    await one.ask("take", a);
    expect([one.worker.claims.isTaken(a), one.worker.claims.isTaken(b)]).toEqual([true, false]);
  });

  it("are given up when a call of the system holds them", async () => {
    const one = servant(threadSpawner({ entry: ENTRY }), "one");
    await one.worker.ready;
    one.tell("wait in the system", 7);
    await one.worker.terminate();
    await one.worker.exited;
  });

  const program = (...lines: string[]) =>
    new Promise<[string, string]>((resolve, reject) => {
      const text = [
        `import { threadSpawner } from ${JSON.stringify(SPAWNER)};`,
        `const entry = new URL(${JSON.stringify(ENTRY.href)});`,
        ...lines,
      ].join("\n");
      execFile(process.execPath, ["--input-type=module", "-e", text], (error, stdout, stderr) => {
        if (error) reject(error);
        else resolve([stdout, stderr]);
      });
    });

  it("let the process end when they are unref'd, and start from a text on the command line", async () => {
    const [output] = await program(
      'const worker = threadSpawner({ entry })({ id: "one" });',
      "worker.comm.onMessage = (seed) => { console.log(seed.id); worker.unref(); };",
      'worker.comm.send({ order: "seed" });',
    );
    expect(output).toBe("one\n");
  });

  it("let the process end when they were unref'd before anybody listened", async () => {
    await program(
      'const worker = threadSpawner({ entry })({ id: "one" });',
      "worker.unref();",
      "worker.comm.onMessage = () => {};",
    );
  });

  it("keep the process alive when they are ref'd again", async () => {
    const [output] = await program(
      'const worker = threadSpawner({ entry })({ id: "one" });',
      "worker.unref();",
      "worker.comm.onMessage = (seed) => { console.log(seed.id); worker.unref(); };",
      "worker.ref();",
      'worker.comm.send({ order: "seed" });',
    );
    expect(output).toBe("one\n");
  });

  it("let the process end when they are unref'd, while they compute", async () => {
    await program(
      'const worker = threadSpawner({ entry })({ id: "one" });',
      "worker.comm.onMessage = () => worker.unref();",
      'worker.comm.send({ order: "loop" });',
    );
  });

  it("write to the process's own output", async () => {
    const [output, errors] = await program(
      'const worker = threadSpawner({ entry })({ id: "one" });',
      'worker.comm.send({ order: "print", value: "hello" });',
      'worker.comm.send({ order: "warn", value: "careful" });',
      'worker.comm.send({ order: "exit", value: 0 });',
    );
    expect([output, errors]).toEqual(["hello", "careful"]);
  });
});
