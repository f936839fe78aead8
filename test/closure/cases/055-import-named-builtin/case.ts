import { createHash as hash } from "node:crypto";
import type { Case } from "../../case.ts";

export default {
  run: (text: string) => hash("sha256").update(text).digest("hex").slice(0, 8),
  args: ["a"],
  expected: "ca978112",
} satisfies Case;
