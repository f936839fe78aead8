import { executorContract } from "dispatch-graph/testing";
import { describe, it } from "vitest";
import { WaveExecutor } from "../../examples/own-executor.ts";

executorContract({
  name: "WaveExecutor",
  create: (options) => new WaveExecutor(options),
  describe,
  it,
  skip: [
    { test: "priorities", reason: "a wave starts all that can start, and the option is refused" },
    {
      test: "fetch settles as soon as its task has, however long the run goes on",
      reason: "the next wave waits for the slowest task of this one",
    },
  ],
});
