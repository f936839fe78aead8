import type { Case } from "../../case.ts";

const handlers = new Map<string, (x: number) => number>([
  ["double", (x) => 2 * x],
  ["square", (x) => x ** 2],
]);
const all = new Set([...handlers.values()]);

export default {
  run: (x: number) => [
    handlers.get("double")!(x),
    [...all].map((one) => one(x)),
    all.has(handlers.get("square")!),
  ],
  args: [3],
  expected: [6, [6, 9], true],
} satisfies Case;
