import type { Case } from "../../case.ts";

const shared = { n: 1 };
const left = { shared };
const right = [shared, shared];

export default {
  run: () => [left.shared === right[0], right[0] === right[1], left.shared === shared],
  expected: [true, true, true],
} satisfies Case;
