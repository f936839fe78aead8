import type { Case } from "../../case.ts";

export default {
  run: (a: number, b: number) => a + b,
  args: [2, 3],
  expected: 5,
} satisfies Case;
