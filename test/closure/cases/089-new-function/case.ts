import type { Case } from "../../case.ts";

const run = new Function("a", "b = 2", "return a + b; // comment") as (a: number) => number;

export default { run, args: [1], expected: 3 } satisfies Case;
