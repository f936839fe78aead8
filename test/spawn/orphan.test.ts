import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const MODULE = new URL("../../dist/spawn/orphan.js", import.meta.url).href;

it("removes the directory before it ends the process, with others that do the same", async () => {
  for (let round = 0; round < 3; round++) {
    const directory = mkdtempSync(join(tmpdir(), "orphan-"));
    for (let i = 0; i < 20; i++) writeFileSync(join(directory, String(i)), "");
    const text = `import(${JSON.stringify(MODULE)}).then(({ endOrphan }) => endOrphan(process.argv[1]))`;
    const end = () =>
      new Promise((resolve) => {
        execFile(process.execPath, ["-e", text, directory], (error) => resolve(error?.signal));
      });
    expect(await Promise.all([end(), end(), end()])).toEqual(["SIGKILL", "SIGKILL", "SIGKILL"]);
    expect(existsSync(directory)).toBe(false);
  }
});
