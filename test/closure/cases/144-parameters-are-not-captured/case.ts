import type { Case } from "../../case.ts";

const [x, y] = ["outer", "other"];

export default {
  run: (x: string, { y: z = y }: { y?: string }, ...[first = x]: string[]) => [x, z, first],
  args: ["given", {}],
  expected: ["given", "other", "given"],
  also: [{ run: () => x, expected: "outer" }],
} satisfies Case;
