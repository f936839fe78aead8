import type { Case } from "../../case.ts";

let mode = "first";
const config = { depth: 1 };

export default {
  run: () => [mode, config.depth],
  expected: ["first", 1],
  change: () => {
    mode = "second";
    config.depth = 2;
  },
  expectedAfterChange: ["second", 2],
} satisfies Case;
