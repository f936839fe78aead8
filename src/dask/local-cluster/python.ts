import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { asError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { profileOf } from "../protocol/profile.ts";
import { LocalClusterError } from "./local-cluster-error.ts";

/** Names the Python whose scheduler a `LocalCluster` starts. */
const VARIABLE = "DISPATCH_GRAPH_PYTHON";

const PROBE = "import importlib.metadata as found; print(found.version('distributed'))";
/** For a Python that does not answer, in milliseconds. */
const PROBE_LIMIT = 20_000;

/** A place where a Python may be. */
interface Candidate {
  readonly python: string;
  /** Why it is one, for errors. */
  readonly from: string;
}

/**
 * Finds a Python with a dask.distributed that is supported: the one that is named here, or else by the
 * environment variable `DISPATCH_GRAPH_PYTHON`; or else the first of that of the active virtual environment, of
 * `.venv` in the current directory, and of `python3` and `python` on the path.
 * @throws LocalClusterError If there is none; the message says what was tried, and what to do.
 */
export async function findPython(named?: string): Promise<string> {
  const tried: string[] = [];
  for (const { python, from } of candidates(named)) {
    try {
      const { stdout } = await promisify(execFile)(python, ["-c", PROBE], { timeout: PROBE_LIMIT });
      profileOf(stdout.trim());
      return python;
    } catch (error) {
      tried.push(`  ${python} (${from}): ${problem(asError(error))}`);
    }
  }
  throw new LocalClusterError(
    `no Python with dask.distributed was found for the scheduler. Tried:\n${tried.join("\n")}\n` +
      `Install it with \`pip install distributed\`, or name a Python that has it by the option \`python\` or by ${VARIABLE}.`,
  );
}

function candidates(named: string | undefined): readonly Candidate[] {
  if (named !== undefined) return [{ python: named, from: "the option python" }];
  const { [VARIABLE]: variable, VIRTUAL_ENV: active } = process.env;
  if (variable) return [{ python: variable, from: VARIABLE }];
  return [
    ...(active ? [{ python: pythonIn(active), from: "VIRTUAL_ENV" }] : []),
    { python: pythonIn(resolve(".venv")), from: "the current directory" },
    { python: "python3", from: "on the path" },
    { python: "python", from: "on the path" },
  ];
}

function pythonIn(environment: string): string {
  return process.platform === "win32"
    ? resolve(environment, "Scripts", "python.exe")
    : resolve(environment, "bin", "python");
}

/** In a few words. */
function problem(error: Error): string {
  const { code, killed, stderr } = error as Error & { code?: unknown; killed?: boolean; stderr?: string };
  if (code === "ENOENT") return "it is not there";
  if (killed) return `it did not answer within ${PROBE_LIMIT / 1000} s`;
  if (stderr?.includes("PackageNotFoundError")) return "it does not have dask.distributed";
  // What Python says last is what happened.
  return stderr?.trim().split("\n").at(-1) || messageOf(error);
}
