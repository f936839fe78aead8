import type { Case } from "../../case.ts";

export default {
  // @ts-expect-error: without types
  run: async (x: number) => (await import("../modules/plain.mjs")).double(x),
  args: [4],
  expected: 8,
} satisfies Case;
