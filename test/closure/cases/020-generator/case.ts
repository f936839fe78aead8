import type { Case } from "../../case.ts";

const step = 2;
function* upTo(n: number): Generator<number> {
  for (let i = 0; i < n; i += step) yield i;
}

export default {
  run: (n: number) => [...upTo(n)],
  args: [5],
  expected: [0, 2, 4],
} satisfies Case;
