import type { Case } from "../../case.ts";

const functions: (() => number)[] = [];
for (let i = 0; i < 3; i++) {
  const scaled = i * 10;
  functions.push(() => scaled + i);
}

export default { run: () => functions.map((one) => one()), expected: [0, 11, 22] } satisfies Case;
