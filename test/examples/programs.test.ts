import { expect, test, vi } from "vitest";
import { describeDask, NEWEST, pythonOf } from "../support/dask-environment.ts";
import { runProgram } from "../support/program.ts";

test("the quick start prints what its comments say", async () => {
  expect(await runProgram("examples/quick-start.ts")).toEqual({
    code: 0,
    stdout: [
      "1100",
      "count 300",
      '"anonymous" (node 2) failed: 500 is too much',
      "anonymous → total | RangeError",
      "",
    ].join("\n"),
    stderr: "",
  });
});

test("the node type of one's own prints what its comment says", async () => {
  expect(await runProgram("examples/own-node.ts")).toEqual({ code: 0, stdout: "25\n", stderr: "" });
});

test("the parallel example prints what its comments say", async () => {
  expect(await runProgram("examples/parallel.ts")).toEqual({ code: 0, stdout: "33860\n0\n", stderr: "" });
});

describeDask("on a cluster of dask", () => {
  test("the example prints what its comment says, and ends", async () => {
    vi.stubEnv("DISPATCH_GRAPH_PYTHON", pythonOf(NEWEST));
    try {
      expect(await runProgram("examples/cluster.ts")).toEqual({
        code: 0,
        stdout: "328350\n",
        stderr: expect.stringMatching(/^LocalCluster: dashboard: http:\S+\n$/),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
