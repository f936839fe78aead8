import type { Case } from "../../case.ts";

const factor = 3;

export default {
  run: (x: number) => x * factor,
  args: [5],
  expected: 15,
} satisfies Case;
