import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** The process group of a process: a key pressed at a terminal is a signal to all of a group. */
export function groupOf(pid: number): number {
  const file = `/proc/${pid}/stat`;
  // What follows the name, which stands in brackets: state, parent, group.
  if (existsSync(file)) return Number(readFileSync(file, "latin1").split(") ").at(-1)!.split(" ")[2]);
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }));
}
