import type { Case } from "../../case.ts";

const text = "a\u{1F600}\u2028\u2029\0\ud800`${'}";

export default {
  run: () => [text, text.length],
  expected: ["a\u{1F600}\u2028\u2029\0\ud800`${'}", 12],
} satisfies Case;
