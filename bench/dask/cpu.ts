import { readFileSync } from "node:fs";

/** How often a second the kernel's clock ticks, for what it tells in `/proc`: everywhere. */
const TICKS = 100;

/**
 * What a process has taken of all cores since it began, in seconds, from `/proc`.
 * @throws Error if there is no such process
 */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name of the program, which may have any characters, is in parentheses.
  const [user, system] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS;
}
