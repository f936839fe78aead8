import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";
import { processSpawner } from "../../src/spawn/processes.ts";
import { ENTRY, endsWorkers, servant } from "../support/spawn-contract.ts";

// What it does with a controller: processes.test.ts.
describe("a process that joins", () => {
  endsWorkers();

  it("refuses a peer without an address", async () => {
    const one = servant(processSpawner({ entry: ENTRY }), "one");
    one.tell("connect", ["b", undefined]);
    expect((await one.worker.exited).code).toBe(1);
  });

  it("ends with an error if it has not got its pipes", async () => {
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [ENTRY.pathname, "--dispatch-graph-worker"], (_, __, stderr) =>
        resolve(stderr),
      );
    });
    expect(output).toMatch(/EBADF|EINVAL|ERR_INVALID_FD_TYPE|bad file descriptor|closed|gone/);
  });
});
