import type { Case } from "../../case.ts";

const offset = 1;
const object = {
  *method(x: number): Generator<number> {
    yield x + offset;
    yield* [7, 8];
  },
};
const { method } = object;

export default { run: (x: number) => [...method(x)], args: [1], expected: [2, 7, 8] } satisfies Case;
