import { promisify } from "node:util";
import type { Case } from "../../case.ts";

const run = promisify((x: number, done: (error: null, value: number) => void) => done(null, x));

export default { run, args: [1], refused: ["Node"] } satisfies Case;
