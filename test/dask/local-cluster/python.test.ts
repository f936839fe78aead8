import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findPython } from "../../../src/dask/local-cluster/python.ts";
import { describeDask, NEWEST, pythonOf } from "../../support/dask-environment.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "python-"));
  for (const name of ["DISPATCH_GRAPH_PYTHON", "VIRTUAL_ENV"]) vi.stubEnv(name, "");
  vi.stubEnv("PATH", join(directory, "path"));
  vi.spyOn(process, "cwd").mockReturnValue(directory);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

/** What passes for a Python. */
function python(name: string, script: string): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("a Python", () => {
  it("is the one that is named, and no other", async () => {
    const named = python("one", "echo 2026.8.0");
    vi.stubEnv("DISPATCH_GRAPH_PYTHON", python("two", "echo 2026.8.0"));
    expect(await findPython(named)).toBe(named);
    await expect(findPython(join(directory, "three"))).rejects.toThrow(
      /Tried:\n.*three \(the option python\): it is not there\n/,
    );
  });

  it("is that of the variable, and no other", async () => {
    python("path/python3", "echo 2026.8.0");
    const other = join(directory, "other");
    vi.stubEnv("DISPATCH_GRAPH_PYTHON", other);
    await expect(findPython()).rejects.toThrow(
      `Tried:\n  ${other} (DISPATCH_GRAPH_PYTHON): it is not there\nInstall`,
    );
  });

  it("is the first that has a release which is supported", async () => {
    python("path/python", "echo 2024.12.1");
    expect(await findPython()).toBe("python");
    python("path/python3", "echo 2025.1.0");
    expect(await findPython()).toBe("python3");
    const local = python(".venv/bin/python", "echo 2025.2.0");
    expect(await findPython()).toBe(local);
    const active = python("active/bin/python", "echo 2025.3.0");
    vi.stubEnv("VIRTUAL_ENV", join(directory, "active"));
    expect(await findPython()).toBe(active);
    // Too old, and the next one is taken.
    python("active/bin/python", "echo 2022.12.1");
    expect(await findPython()).toBe(local);
  });

  it("is missed with all that was tried, and what to do", async () => {
    vi.stubEnv("VIRTUAL_ENV", join(directory, "active"));
    python("active/bin/python", "echo 2022.12.1");
    python(".venv/bin/python", "echo importlib.metadata.PackageNotFoundError: distributed >&2; exit 1");
    python("path/python3", "echo Traceback >&2; echo SyntaxError: too old for that >&2; exit 1");
    const error = await findPython().catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: "ERR_LOCAL_CLUSTER" });
    const lines = (error as Error).message.split("\n");
    expect(lines).toEqual([
      "no Python with dask.distributed was found for the scheduler. Tried:",
      expect.stringMatching(/active\/bin\/python \(VIRTUAL_ENV\): .*2022\.12\.1.*2024\.12\.1/),
      `  ${directory}/.venv/bin/python (the current directory): it does not have dask.distributed`,
      "  python3 (on the path): SyntaxError: too old for that",
      "  python (on the path): it is not there",
      expect.stringMatching(/`pip install distributed`.*DISPATCH_GRAPH_PYTHON/),
    ]);
  });
});

describeDask("a real Python", () => {
  it("is found in .venv", async () => {
    mkdirSync(join(directory, ".venv"));
    symlinkSync(dirname(pythonOf(NEWEST)), join(directory, ".venv", "bin"));
    // A virtual environment is one by the file beside its `bin`.
    symlinkSync(
      join(dirname(dirname(pythonOf(NEWEST))), "pyvenv.cfg"),
      join(directory, ".venv", "pyvenv.cfg"),
    );
    symlinkSync(join(dirname(dirname(pythonOf(NEWEST))), "lib"), join(directory, ".venv", "lib"));
    expect(await findPython()).toBe(join(directory, ".venv", "bin", "python"));
  });
});
