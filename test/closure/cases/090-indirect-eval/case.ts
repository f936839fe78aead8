import type { Case } from "../../case.ts";

const run: (x: number) => number = (0, eval)("(x) => x * 2");

export default { run, args: [4], expected: 8 } satisfies Case;
