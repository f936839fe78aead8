import type { Case } from "../../case.ts";

const registered = Symbol.for("registered");
const { asyncIterator, hasInstance } = Symbol;
const object = { [registered]: 1, [Symbol.toStringTag]: "Tagged" };

export default {
  run: () => [
    registered === Symbol.for("registered"),
    object[registered],
    String(object),
    asyncIterator === Symbol.asyncIterator,
    typeof Object(Map)[hasInstance],
    registered,
  ],
  expected: [true, 1, "[object Tagged]", true, "function", Symbol.for("registered")],
} satisfies Case;
