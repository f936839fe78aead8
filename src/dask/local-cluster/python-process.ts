import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Child, type ChildOptions } from "./child.ts";

export interface PythonOptions extends ChildOptions {
  /** The interpreter. */
  readonly python: string;
  /** A program that prints one line of JSON, and flushes it, when it is ready. */
  readonly source: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Waits for the end of stdin, which comes when the parent ends, however: then nobody needs this process.
 * And modules are those that are installed, not files that happen to lie in the current directory.
 */
const PROLOGUE = `
import sys
sys.path[:] = [path for path in sys.path if path]
import os, signal, threading
def _end_with_parent():
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=_end_with_parent, daemon=True).start()
`;

/** Starts a Python program that ends with this process. What it is ready with is the JSON that it prints. */
export function startPython<Ready>(options: PythonOptions): Child<Ready> {
  const { python, source, args, env } = options;
  const process_ = spawn(python, ["-c", PROLOGUE + source, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
    // A group of its own: what is typed at the terminal is for this program to answer.
    detached: true,
  });
  const child = new Child<Ready>(process_, options);
  // One that could not be made has no pipes.
  process_.stdin?.on("error", () => {});
  if (process_.stdout) {
    createInterface(process_.stdout).on("line", (line) => {
      const said = parsed(line);
      if (said !== undefined) child.announced(said as Ready);
    });
  }
  return child;
}

/** Other lines than that of the program are no JSON: what others have to say when Python starts. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
