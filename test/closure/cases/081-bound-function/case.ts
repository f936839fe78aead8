import type { Case } from "../../case.ts";

const offset = 100;
function add(this: { base: number }, a: number, b: number): unknown {
  return [this.base + a + b + offset];
}
const bound = add.bind({ base: 1 }, 10);

export default {
  run: bound,
  args: [5],
  expected: [116],
  also: [{ run: () => [bound.name, bound.length, bound(1)], expected: ["bound add", 1, [112]] }],
} satisfies Case;
