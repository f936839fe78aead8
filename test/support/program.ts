import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a program printed, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a TypeScript program of the repository, as a user would, to its end. */
export function runProgram(file: string, ...args: readonly string[]): Promise<Ended> {
  return runNode(root, "--import", "tsx", file, ...args);
}

/** Runs Node in a directory. */
export function runNode(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
