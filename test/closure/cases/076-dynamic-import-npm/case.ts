import type { Case } from "../../case.ts";

export default {
  run: async (name: string) => [typeof (await import("acorn")).parse, typeof (await import(name)).join],
  args: ["node:path"],
  expected: ["function", "function"],
} satisfies Case;
