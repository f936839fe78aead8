import type { Case } from "../../case.ts";

const numbers = Array.from({ length: 10_000 }, (_, i) => i);

export default { run: () => numbers.reduce((a, b) => a + b, 0), expected: 49_995_000 } satisfies Case;
