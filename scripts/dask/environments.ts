/**
 * Virtual environments of Python in which the tests find real schedulers, one per supported end of the
 * range of releases: `.dask/<release>-<hash of what is in it>`. An environment is made elsewhere and
 * put in its place when it is complete: what is there is whole, for two who make it at once as well.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The newest release, and the oldest that is supported. */
export const RELEASES = ["2026.8.0", "2024.12.1"] as const;

export type Release = (typeof RELEASES)[number];

/** Names the Python to make the environments with. */
const PYTHON_VARIABLE = "DASK_ENVIRONMENT_PYTHON";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ENVIRONMENTS = join(ROOT, ".dask");
const UNFINISHED = "new-";

/** 3.10 and newer, with what makes environments: Debian has that in a package of its own. */
const PROBE = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
/** Writes the byte code of what schedulers, workers and clients import, which halves the time they need to start. */
const FIRST_IMPORT = "import distributed.cli.dask_scheduler, distributed.cli.dask_worker, numpy";

/** In milliseconds. An environment takes about 10 seconds where the network is good. */
const LIMIT = 480_000;

/** There is no Python to make environments with. */
export class NoPythonError extends Error {}

/** The Python of an environment, whether or not it has been made. */
export function pythonOf(release: Release): string {
  return pythonIn(directoryOf(release));
}

/** True if all environments have been made. */
export function isPrepared(): boolean {
  return RELEASES.every((release) => existsSync(pythonOf(release)));
}

/**
 * Makes the environments that are not there.
 * @throws NoPythonError Without Python 3.10 or newer.
 * @throws Error If Python or pip fails; the message has what it said.
 */
export async function prepare(report: (line: string) => void): Promise<void> {
  const missing = RELEASES.filter((release) => !existsSync(pythonOf(release)));
  if (missing.length === 0) return;
  const python = await findPython();
  // To the end of all: none is left half made.
  const made = await Promise.allSettled(
    missing.map(async (release) => {
      const began = performance.now();
      report(`installing dask.distributed ${release} with ${python} …`);
      await make(release, python);
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      report(`dask.distributed ${release} is installed, after ${seconds} s`);
    }),
  );
  const failed = made.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function findPython(): Promise<string> {
  const named = process.env[PYTHON_VARIABLE];
  const candidates = named ? [named] : ["python3.13", "python3.12", "python3.11", "python3.10", "python3"];
  for (const candidate of candidates) {
    try {
      await run(candidate, ["-c", PROBE]);
      return candidate;
    } catch {
      // Missing, too old, or without venv.
    }
  }
  throw new NoPythonError(
    `no Python 3.10 or newer with its module venv was found (tried ${candidates.join(", ")}). ` +
      `Install python3 and python3-venv, or name a Python by ${PYTHON_VARIABLE}.`,
  );
}

async function make(release: Release, python: string): Promise<void> {
  mkdirSync(ENVIRONMENTS, { recursive: true });
  const fresh = mkdtempSync(join(ENVIRONMENTS, UNFINISHED));
  try {
    await run(python, ["-m", "venv", fresh]);
    // Nothing but what is listed, and byte code of nothing but what is used.
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    await run(pythonIn(fresh), [...install, "--no-compile", "-r", requirementsOf(release)]);
    await run(pythonIn(fresh), ["-c", FIRST_IMPORT]);
    const place = directoryOf(release);
    for (const one of readdirSync(ENVIRONMENTS)) {
      const old = join(ENVIRONMENTS, one);
      // For other requirements; or its Python has been removed from the system.
      const outdated = one.startsWith(`${release}-`) && !(old === place && existsSync(pythonIn(old)));
      // Of somebody who was interrupted.
      const abandoned = one.startsWith(UNFINISHED) && statSync(old).mtimeMs < Date.now() - LIMIT;
      if (outdated || abandoned) rmSync(old, { recursive: true, force: true });
    }
    renameSync(fresh, place);
  } catch (error) {
    // Somebody else was faster, perhaps.
    if (!existsSync(pythonOf(release))) {
      throw new Error(`dask.distributed ${release} could not be installed: ${saidBy(error)}`, {
        cause: error,
      });
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function run(file: string, args: readonly string[]): Promise<unknown> {
  const env = { ...process.env };
  for (const name of ["PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH"]) delete env[name];
  return promisify(execFile)(file, args, { env, timeout: LIMIT });
}

function saidBy(error: unknown): string {
  const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string };
  return [message, stdout?.trim(), stderr?.trim()].filter(Boolean).join("\n");
}

function directoryOf(release: Release): string {
  const hash = createHash("sha256")
    .update(readFileSync(requirementsOf(release)))
    .digest("hex");
  return join(ENVIRONMENTS, `${release}-${hash.slice(0, 8)}`);
}

function requirementsOf(release: Release): string {
  return fileURLToPath(new URL(`requirements-${release}.txt`, import.meta.url));
}

function pythonIn(environment: string): string {
  return join(environment, "bin", "python");
}
