import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAtExit, removed } from "../at-exit.ts";

/** Most bytes that the path of a socket can have on all systems. */
const LONGEST = 103;

/**
 * Where the workers of one controller listen: a directory that only this user can enter. When this process
 * ends, it may be left with workers that have just been killed, of which the controller has not heard yet.
 */
export class SocketDirectory {
  readonly path: string = mkdtempSync(join(tmpdir(), "dispatch-graph-"));

  constructor() {
    removeAtExit(this.path);
  }

  /** An address for the worker of this number. */
  address(number: number): string {
    // Pipes of Windows have names, not files; the name of the directory makes them unique.
    if (process.platform === "win32") return `\\\\.\\pipe\\${this.path.replace(/[^\w-]/g, "-")}-${number}`;
    const address = join(this.path, `${number}.sock`);
    if (Buffer.byteLength(address) > LONGEST) {
      throw new RangeError(
        `the directory for temporary files has a path too long for sockets in it: ${tmpdir()}`,
      );
    }
    return address;
  }

  /** A worker that was killed leaves its socket behind. */
  removeSocket(address: string): void {
    if (process.platform !== "win32") rmSync(address, { force: true });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
    removed(this.path);
  }
}
