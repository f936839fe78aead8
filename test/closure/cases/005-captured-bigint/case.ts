import type { Case } from "../../case.ts";

const large = 2n ** 100n;

export default {
  run: () => [large + 1n, -large],
  expected: [1267650600228229401496703205377n, -1267650600228229401496703205376n],
} satisfies Case;
