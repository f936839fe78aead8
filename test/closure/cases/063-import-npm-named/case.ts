import { parseExpressionAt } from "acorn";

import { base64String, sample } from "fast-check";
import type { Case } from "../../case.ts";

export default {
  run: () => [parseExpressionAt("a.b", 0, { ecmaVersion: 5 }).type, sample(base64String(), 2).length],
  expected: ["MemberExpression", 2],
} satisfies Case;
