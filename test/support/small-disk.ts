import { execFileSync } from "node:child_process";

/**
 * Makes a directory a disk of its own, of this many bytes, that can be filled.
 * @returns what ends that; `undefined` where this user may not do it, or the system cannot
 */
export function smallDisk(directory: string, bytes: number): (() => void) | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "small-disk", directory], {
      stdio: "ignore",
    });
  } catch {
    return undefined;
  }
  return () => execFileSync("umount", ["-l", directory]);
}
