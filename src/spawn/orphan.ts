import { existsSync, rmSync } from "node:fs";

/** Far more than there are workers that remove the same directory at the same time. */
const ATTEMPTS = 1000;

/**
 * Ends this process, whose controller has died, and removes the directory of sockets with those of the
 * other workers in it: they have lost the same controller. From any thread.
 */
export function endOrphan(directory: string): void {
  // Others do the same at this moment, and what one has found may be gone when it is removed. Who ends
  // the process before the directory is gone may interrupt the one who was about to remove it.
  for (let attempt = 0; attempt < ATTEMPTS && existsSync(directory); attempt++) {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {}
  }
  process.kill(process.pid, "SIGKILL");
}
