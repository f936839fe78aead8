import type { Case } from "../../case.ts";

const run = function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
};

export default { run, args: [5], expected: 120 } satisfies Case;
