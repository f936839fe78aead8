import type { Case } from "../../case.ts";

const name = "computed";
const offset = 1;
const object = {
  async *[`${name}!`](x: number): AsyncGenerator<number> {
    yield x + offset;
  },
};
const method = object[`${name}!`]!;

export default {
  run: async (x: number) => [(await method(x).next()).value, method.name],
  args: [1],
  expected: [2, "computed!"],
} satisfies Case;
