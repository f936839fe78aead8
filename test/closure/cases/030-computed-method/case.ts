import type { Case } from "../../case.ts";

const key = Symbol.for("some key");
const offset = 1;
const object = {
  [key](x: number): number {
    return x + offset;
  },
};
const method = object[key];

export default {
  run: (x: number) => [method(x), method.name],
  args: [1],
  expected: [2, "[some key]"],
} satisfies Case;
