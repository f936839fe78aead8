import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A name for a directory that tells whose it is: `host-pid-start-random`. */
export function ownedName(): string {
  return [HOST, process.pid, startOf(process.pid) ?? 0, randomBytes(6).toString("hex")].join("-");
}

/**
 * True if the directory of this name belonged to a process that has ended. False if it lives, runs on another
 * machine or in another container, or if the name is none that `ownedName` gives.
 */
export function isOrphaned(name: string): boolean {
  const [, host, pid, start] = /^([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}$/.exec(name) ?? [];
  if (host !== HOST) return false;
  if (!exists(Number(pid))) return true;
  const now = startOf(Number(pid));
  // Where start times are not known, a number that is in use again is taken for the same process.
  return now !== undefined && start !== "0" && start !== now;
}

/** Process numbers mean something within one machine and one container of it. */
const HOST = createHash("sha256").update(`${hostname()}\n${pidNamespace()}`).digest("hex").slice(0, 12);

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** When a process started, in ticks since the machine did; "ended" if only its parent has not heard of its end. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may have spaces and parentheses in it. The state follows, and is the third field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return /[ZXx]/.test(fields[0]!) ? "ended" : fields[22 - 3];
  } catch {
    return undefined;
  }
}
