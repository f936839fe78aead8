import type { Case } from "../../case.ts";

const offset = 1;
const object = {
  method(x: number): number {
    return x + offset;
  },
};

export default { run: object.method, args: [1], expected: 2 } satisfies Case;
