import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isOrphaned, ownedName } from "../../src/store/owner.ts";

/** The parts of a name: host, number and start of the process, something random. */
const [host, pid, start, random] = ownedName().split("-") as [string, string, string, string];

describe("isOrphaned", () => {
  it("is not true of what belongs to this process", () => {
    expect(isOrphaned(ownedName())).toBe(false);
    expect(ownedName()).not.toBe(ownedName());
  });

  it("is true when there is no such process any more", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    expect(isOrphaned(`${host}-${child.pid}-${start}-${random}`)).toBe(true);
  });

  it.skipIf(process.platform !== "linux")("is true when another process has the number now", () => {
    expect(isOrphaned(`${host}-${pid}-${Number(start) - 1}-${random}`)).toBe(true);
  });

  it("is not true of a process whose start is not known", () => {
    expect(isOrphaned(`${host}-${pid}-0-${random}`)).toBe(false);
  });

  it.skipIf(process.platform !== "linux")("is true of a process that only its parent keeps", async () => {
    // The shell starts one, and becomes a program that never asks what came of it. Only then that one ends.
    const ending = "while grep -q sh /proc/$PPID/comm; do :; done";
    const parent = spawn("sh", ["-c", `sh -c '${ending}' & echo $!; exec tail -f /dev/null`]);
    const [text] = (await once(parent.stdout, "data")) as [Buffer];
    const zombie = Number(text.toString());
    const started = readFileSync(`/proc/${zombie}/stat`, "utf8").split(" ")[21];
    await expect.poll(() => isOrphaned(`${host}-${zombie}-${started}-${random}`)).toBe(true);
    expect(() => process.kill(zombie, 0)).not.toThrow();
    parent.kill();
    await once(parent, "exit");
  });

  it("is not true on other machines, nor of other names", () => {
    const others = [
      `${"0".repeat(12)}-1-1-${random}`,
      "",
      "notes",
      `${host}-${pid}`,
      `${host}-x-1-${random}`,
      `../${ownedName()}`,
    ];
    expect(others.filter(isOrphaned)).toEqual([]);
  });
});
