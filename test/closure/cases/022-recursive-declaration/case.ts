import type { Case } from "../../case.ts";

function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

export default {
  run: fibonacci,
  args: [10],
  expected: 55,
} satisfies Case;
