import path, { join } from "path";
import type { Case } from "../../case.ts";

export default {
  run: () => [path.posix.basename("/a/b"), join("a", "b")],
  expected: ["b", "a/b"],
} satisfies Case;
