import { execFile } from "node:child_process";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";

const MODULE = new URL("../../dist/spawn/worker-side.js", import.meta.url).href;
const TEXT = `import(${JSON.stringify(MODULE)}).then(({ joinController }) => joinController())`;

// What it is like to join: threads.test.ts and processes.test.ts.
describe("joinController", () => {
  it("says that it is for workers, in a process", async () => {
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, ["-e", TEXT], (_, __, stderr) => resolve(stderr));
    });
    expect(output).toMatch(/this file is the entry of workers/);
  });

  it("says that it is for workers, in a thread", async () => {
    const error = await new Promise((resolve) => {
      new Worker(TEXT, { eval: true, workerData: { of: "somebody else" } }).on("error", resolve);
    });
    expect(error).toEqual(new Error("this file is the entry of workers; it is started by an executor only"));
  });
});
