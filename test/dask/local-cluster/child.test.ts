import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Child, type ChildOptions } from "../../../src/dask/local-cluster/child.ts";
import { LocalClusterError } from "../../../src/dask/local-cluster/local-cluster-error.ts";
import { WorkerStartError } from "../../../src/spawn/worker-start-error.ts";

/** Runs until it is ended. */
const FOR_EVER = "setInterval(() => {}, 1000);";

function node(source: string, options: Partial<ChildOptions> = {}): Child<string> {
  const process_ = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "pipe"] });
  const child = new Child<string>(process_, { what: "the child", ...options });
  process_.stdout.once("data", (data) => child.announced(String(data)));
  return child;
}

describe("a child process", () => {
  it("is ready with what it has said, and over when it has ended", async () => {
    const child = node(`console.log("here"); ${FOR_EVER}`);
    expect(await child.ready()).toBe("here\n");
    expect(child.pid).toBeGreaterThan(0);
    process.kill(child.pid, "SIGTERM");
    expect(await child.exited).toEqual({ code: null, signal: "SIGTERM", error: undefined });
  });

  it("cannot start if it ends before, with its last words", async () => {
    const output: string[] = [];
    const child = node("console.error('no room'); process.exitCode = 3", {
      onOutput: (text) => output.push(text),
    });
    await expect(child.ready()).rejects.toThrow(
      new WorkerStartError("the child could not start: it exited with code 3\nno room"),
    );
    expect([output.join(""), child.lastWords]).toEqual(["no room\n", "no room\n"]);
    const other = node("throw new Error('boom')", { StartError: LocalClusterError });
    await expect(other.ready()).rejects.toThrow(LocalClusterError);
    await expect(other.ready()).rejects.toThrow(/it ended with an error: Error: boom/);
  });

  it("cannot start if there is no such program", async () => {
    const process_ = spawn("/nowhere/program");
    const child = new Child(process_, { what: "the child" });
    await expect(child.ready()).rejects.toThrow(/the child could not start: .*ENOENT/);
    expect(child.pid).toBe(-1);
    await child.kill();
    await child.stop(() => {}, 1000);
  });

  it("ends when it is asked to", async () => {
    const child = node(`process.on("SIGTERM", () => process.exit(5)); console.log(1); ${FOR_EVER}`);
    await child.ready();
    await child.stop((it) => it.kill("SIGTERM"), 10_000);
    expect(await child.exited).toMatchObject({ code: 5 });
  });

  it("is ended if it takes too long, and at once on demand", async () => {
    const stubborn = `process.on("SIGTERM", () => {}); console.log(1); ${FOR_EVER}`;
    const [one, other] = [node(stubborn), node(stubborn)];
    await Promise.all([one.ready(), other.ready()]);
    await Promise.all([one.stop((it) => it.kill("SIGTERM"), 1), other.kill()]);
    expect(await one.exited).toMatchObject({ signal: "SIGKILL" });
    expect(await other.exited).toMatchObject({ signal: "SIGKILL" });
  });

  it("keeps a program running, or not", async () => {
    const program = (last: string): ChildProcess =>
      spawn(
        process.execPath,
        [
          "--import",
          "tsx",
          "-e",
          `
        import { spawn } from "node:child_process";
        import { Child } from "./src/dask/local-cluster/child.ts";
        const it = spawn(process.execPath, ["-e", ${JSON.stringify(FOR_EVER)}], { stdio: ["pipe", "pipe", "pipe", "ipc"] });
        it.on("message", () => {});
        const child = new Child(it, { what: "the child" });
        console.log(child.pid);
        child.announced("");
        ${last}`,
        ],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
    const free = program("child.unref();");
    const [pid] = await once(free.stdout!, "data");
    expect(await once(free, "exit")).toEqual([0, null]);
    process.kill(Number(String(pid)), "SIGKILL");
    const bound = program("child.unref(); child.ref();");
    const [other] = await once(bound.stdout!, "data");
    process.kill(Number(String(other)), "SIGKILL");
    expect(await once(bound, "exit")).toEqual([0, null]);
  });
});
