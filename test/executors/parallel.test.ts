import { ParallelExecutor } from "dispatch-graph";
import { executorContract } from "dispatch-graph/testing";
import { describe, it } from "vitest";
import { groups } from "../../src/testing/contract/groups.ts";

/** In these, tasks share variables with the test. */
const inside = groups.filter(({ name }) => name.endsWith(", seen from inside"));

for (const kind of ["threads", "processes"] as const) {
  executorContract({
    name: `ParallelExecutor on ${kind}`,
    create: (options) => new ParallelExecutor({ ...options, kind, workers: 2 }),
    describe,
    it,
    skip: inside.map(({ name }) => ({ test: name, reason: "tasks run in other threads or processes" })),
  });
}
