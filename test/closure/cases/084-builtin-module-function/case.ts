import { posix } from "node:path";
import type { Case } from "../../case.ts";

export default { run: posix.join, args: ["a", "..", "b"], expected: "b" } satisfies Case;
