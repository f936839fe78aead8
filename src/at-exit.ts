import { rmSync } from "node:fs";

const present = new Set<string>();

const removeAll = (): void => {
  for (const path of present) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The others all the same; nobody hears of it any more.
    }
  }
};

/** The directory, if it is there then, goes with this process. */
export function removeAtExit(path: string): void {
  if (present.size === 0) process.on("exit", removeAll);
  present.add(path);
}

/** It has been removed. */
export function removed(path: string): void {
  present.delete(path);
  if (present.size === 0) process.off("exit", removeAll);
}
