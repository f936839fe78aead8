import type { Case } from "../../case.ts";

export default { run: Math.max, args: [1, 3, 2], expected: 3 } satisfies Case;
