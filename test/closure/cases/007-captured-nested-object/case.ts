import type { Case } from "../../case.ts";

const nested = { a: { b: [{ c: "deep" }], d: undefined }, "quoted key": 1 };

export default {
  run: () => [nested.a.b[0]!.c, "d" in nested.a, nested["quoted key"]],
  expected: ["deep", true, 1],
} satisfies Case;
