import { Socket } from "node:net";
import type { Case } from "../../case.ts";

export default { run: () => ({ made: new Socket() }), refused: ["made", "Socket"] } satisfies Case;
