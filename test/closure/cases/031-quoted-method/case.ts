import type { Case } from "../../case.ts";

const offset = 1;
const object = {
  "quoted name"(x: number): number {
    return x + offset;
  },
  12(): string {
    return "twelve";
  },
};
const twelve = object[12];

export default {
  run: object["quoted name"],
  args: [1],
  expected: 2,
  also: [{ run: () => [twelve(), twelve.name], expected: ["twelve", "12"] }],
} satisfies Case;
