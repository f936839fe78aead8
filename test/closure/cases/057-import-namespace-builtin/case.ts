import * as util from "node:util";
import type { Case } from "../../case.ts";

export default {
  run: () => [util.format("%s-%d", "a", 1), util.types.isDate(new Date()), typeof util],
  expected: ["a-1", true, "object"],
} satisfies Case;
