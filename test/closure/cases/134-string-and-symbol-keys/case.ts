import type { Case } from "../../case.ts";

const hidden = Symbol.for("hidden");
const object = { [hidden]: "symbol", "with space": 1, __proto__: null, constructor: "own" };

export default {
  run: () => [object[hidden], object["with space"], object.constructor, Object.getPrototypeOf(object)],
  expected: ["symbol", 1, "own", null],
} satisfies Case;
