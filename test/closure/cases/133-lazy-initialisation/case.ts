import type { Case } from "../../case.ts";

let table: number[] | undefined;
function squares(): number[] {
  table ??= [0, 1, 4, 9];
  return table;
}

export default {
  run: (n: number) => [squares()[n], squares() === squares()],
  args: [3],
  expected: [9, true],
} satisfies Case;
