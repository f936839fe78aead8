import type { Case } from "../../case.ts";

let counter = 1;
var total = 10;
counter = 2;

export default {
  run: () => counter + total,
  expected: 12,
  /** What is sent is how things were when it was captured. */
  change: () => {
    counter = 100;
    total = 1_000;
  },
  expectedAfterChange: 1_100,
} satisfies Case;
