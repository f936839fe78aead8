import type { Case } from "../../case.ts";

const offset = 1;
const object = {
  async *method(x: number): AsyncGenerator<number> {
    yield x + offset;
  },
};
const { method } = object;

export default {
  run: async (x: number) => (await method(x).next()).value,
  args: [1],
  expected: 2,
} satisfies Case;
