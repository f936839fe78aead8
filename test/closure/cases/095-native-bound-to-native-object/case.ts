import { createHash } from "node:crypto";
import type { Case } from "../../case.ts";

const hash = createHash("sha256");

export default { run: hash.update.bind(hash), refused: ["Hash"] } satisfies Case;
