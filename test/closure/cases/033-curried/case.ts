import type { Case } from "../../case.ts";

const add = (a: number) => (b: number) => (c: number) => [a, b, c];

export default { run: add(1)(2), args: [3], expected: [1, 2, 3] } satisfies Case;
