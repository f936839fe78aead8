import type { Case } from "../../case.ts";

type Step = (x: number) => number;
const compose =
  (...steps: Step[]): Step =>
  (x) =>
    steps.reduce((value, step) => step(value), x);
const plus =
  (n: number): Step =>
  (x) =>
    x + n;

export default {
  run: compose(plus(1), plus(10), compose(plus(100), Math.sqrt)),
  args: [10],
  expected: 11,
} satisfies Case;
