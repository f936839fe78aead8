import * as acorn from "acorn";
import type { Case } from "../../case.ts";

export default {
  run: () => acorn.parse("1 + 1", { ecmaVersion: 5 }).body.length,
  expected: 1,
} satisfies Case;
