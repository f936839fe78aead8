import type { Case } from "../../case.ts";

const values = { nan: Number.NaN, zero: -0, up: Infinity, down: -Infinity, nothing: undefined, none: null };
const negativeZero = -0;

export default {
  run: () => [values, negativeZero],
  expected: [
    { nan: Number.NaN, zero: -0, up: Infinity, down: -Infinity, nothing: undefined, none: null },
    -0,
  ],
} satisfies Case;
