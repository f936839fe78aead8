import graph from "p-graph";
import type { Case } from "../../case.ts";

export default {
  run: () => [typeof graph, typeof graph.PGraph],
  expected: ["object", "function"],
} satisfies Case;
