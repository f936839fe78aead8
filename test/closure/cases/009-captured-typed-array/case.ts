import type { Case } from "../../case.ts";

const numbers = new Float64Array([Number.NaN, -0, 1.5]);
const words = new Uint16Array(numbers.buffer, 8, 3);

export default {
  run: () => [numbers, words.buffer === numbers.buffer, words.byteOffset, words.length],
  expected: [new Float64Array([Number.NaN, -0, 1.5]), true, 8, 3],
} satisfies Case;
