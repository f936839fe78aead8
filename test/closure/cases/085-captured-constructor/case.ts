import type { Case } from "../../case.ts";

const Collection = Map;
const constructors = [Set, Uint8Array, Promise, Error] as const;

export default {
  run: () => [
    new Collection([[1, 2]]).get(1),
    constructors[0] === Set,
    new constructors[1](2).length,
    constructors[3].name,
  ],
  expected: [2, true, 2, "Error"],
} satisfies Case;
