import type { Case } from "../../case.ts";

const offset = 1;
const object = {
  async method(x: number): Promise<number> {
    return (await x) + offset;
  },
};

export default { run: object.method, args: [1], expected: 2 } satisfies Case;
