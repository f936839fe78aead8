import type { Case } from "../../case.ts";

const offset = 7;

export default {
  run: (f: (x: number) => number, list: number[]) => list.map(f),
  args: [(x: number) => x + offset, [1, 2]],
  expected: [8, 9],
} satisfies Case;
