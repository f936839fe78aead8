import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isAlive, KINDS, WAIT } from "../../support/parallel.ts";

const fixture = fileURLToPath(new URL("fixtures/leaves.mjs", import.meta.url));

const started: { child: ChildProcess; directory: string }[] = [];

afterEach(() => {
  for (const { child, directory } of started.splice(0)) {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  }
});

/** Starts the program, with a directory for temporary files of its own. */
function start(kind: string, way: string) {
  const directory = mkdtempSync(join(tmpdir(), "l-"));
  const child = spawn(process.execPath, [fixture, kind, way], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push({ child, directory });
  const lines: string[] = [];
  let errors = "";
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const ended = once(child, "close") as Promise<[number | null, string | null]>;
  return { child, directory, lines, ended, errors: () => errors };
}

/** Worker processes, which are all but the program itself. */
const pidsIn = (line: string | undefined, own: number) =>
  (JSON.parse(line!) as number[]).filter((pid) => pid !== own);

async function leftNothing(pids: readonly number[], directory: string) {
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), WAIT);
  await vi.waitFor(() => expect(readdirSync(directory)).toEqual([]), WAIT);
}

describe.each(KINDS)("on %s, a program", (kind) => {
  it.each([
    ["that makes an executor and does not use it", "never-used", []],
    ["that does not close its executor", "not-closed", ["50000"]],
    ["that keeps a result and does not close its executor", "result-kept", ["true"]],
    ["that looks at the workers only", "workers-looked-at", []],
    ["that closes its executor", "closed", ["50000"]],
    ["that loses a kept result with its worker", "worker-removed", ["50000"]],
    ["that closes its executor while tasks loop", "closed-while-busy", []],
    [
      "that closes its executor while workers start",
      "closed-at-once",
      ["the executor was closed during the run"],
    ],
    ["that exits while tasks loop", "exits", ["50000"]],
  ])("%s ends by itself and leaves nothing", async (_, way, printed) => {
    const { child, directory, lines, ended, errors } = start(kind, way);
    expect(await ended, errors()).toEqual([0, null]);
    expect(errors()).toBe("");
    expect(lines.slice(0, printed.length)).toEqual(printed);
    const pids = lines.find((line) => line.startsWith("["));
    await leftNothing(pids === undefined ? [] : pidsIn(pids, child.pid!), directory);
    if (way === "closed") expect(lines.at(-1)).toBe("[]");
  });

  it("that ends of an error of its own leaves nothing", async () => {
    const { child, directory, lines, ended, errors } = start(kind, "throws");
    expect(await ended).toEqual([1, null]);
    expect(errors()).toContain("the program's own");
    await leftNothing(pidsIn(lines[1], child.pid!), directory);
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "that is ended by %s leaves nothing, whatever its workers do",
    async (signal) => {
      const { child, directory, lines, ended } = start(kind, "waits-to-be-killed");
      await vi.waitFor(() => expect(lines).toHaveLength(1), WAIT);
      const pids = pidsIn(lines[0], child.pid!);
      expect(pids).toHaveLength(kind === "threads" ? 0 : 3);
      child.kill(signal);
      expect(await ended).toEqual([null, signal]);
      await leftNothing(pids, directory);
    },
  );
});
