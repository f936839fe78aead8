import type { Case } from "../../case.ts";

const base = 4;

export default {
  run: async function named(x: number): Promise<number> {
    return base * (await Promise.resolve(x));
  },
  args: [2],
  expected: 8,
} satisfies Case;
