import type { Case } from "../../case.ts";

const base = 100;
const adder =
  (n: number) =>
  (x: number): number =>
    base + n + x;

export default {
  run: (n: number) => adder(n),
  args: [10],
  next: [{ run: (add: (x: number) => number) => add(1), expected: 111 }],
} satisfies Case;
