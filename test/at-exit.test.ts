import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { removeAtExit, removed } from "../src/at-exit.ts";
import { ROOT } from "./support/source-files.ts";

describe("removeAtExit", () => {
  it("removes directories with all that is in them at the end of the process, and no others", () => {
    const root = mkdtempSync(join(tmpdir(), "at-exit-"));
    const paths = ["goes", "stays", "missing"].map((name) => join(root, name));
    const program = `
      import { mkdirSync, writeFileSync } from "node:fs";
      import { removeAtExit, removed } from "./src/at-exit.ts";
      const [goes, stays, missing] = ${JSON.stringify(paths)};
      for (const path of [goes, stays]) {
        mkdirSync(path);
        writeFileSync(path + "/file", "");
      }
      for (const path of [missing, stays, goes]) removeAtExit(path);
      removed(stays);
    `;
    execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], { cwd: ROOT });
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, false]);
    rmSync(root, { recursive: true });
  });

  it("listens to the end of the process only while there is something to remove", () => {
    const listeners = process.listenerCount("exit");
    for (const path of ["a", "b"]) removeAtExit(path);
    expect(process.listenerCount("exit")).toBe(listeners + 1);
    for (const path of ["a", "b"]) removed(path);
    expect(process.listenerCount("exit")).toBe(listeners);
  });
});
