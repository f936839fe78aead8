import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeDask } from "../support/dask-environment.ts";
import { sharedScheduler } from "../support/dask-scheduler.ts";
import { runProgram } from "../support/program.ts";
import { ROOT } from "../support/source-files.ts";

describeDask("the page on clusters", () => {
  const scheduler = sharedScheduler();

  it("has a client that prints what its comments say, on workers of its command", async () => {
    const command = [join(ROOT, "dist/cli/main.js"), "worker", scheduler().address, "--nworkers", "2"];
    const workers = spawn(process.execPath, command, { stdio: "ignore" });
    try {
      expect(await runProgram("examples/client.ts", scheduler().address)).toEqual({
        code: 0,
        stdout: "the\n2 workers\n",
        stderr: "",
      });
    } finally {
      workers.kill();
      await once(workers, "exit");
    }
    expect(workers.exitCode).toBe(0);
  });
});
