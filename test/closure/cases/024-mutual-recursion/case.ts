import type { Case } from "../../case.ts";

const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);
function isOdd(n: number): boolean {
  return n !== 0 && isEven(n - 1);
}

export default {
  run: isEven,
  args: [7],
  expected: false,
} satisfies Case;
