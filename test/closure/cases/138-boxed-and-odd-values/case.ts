import type { Case } from "../../case.ts";

const boxed = [Object(1), Object("text"), Object(2n), Object(true), Object(Symbol.for("boxed"))];
const args = (function (..._: number[]) {
  return arguments;
})(1, 2);
const search = new URLSearchParams("a=1&a=2");

export default {
  run: () => [boxed.map((one) => typeof one), boxed[0] + 1, Array.from(args), search.getAll("a")],
  expected: [["object", "object", "object", "object", "object"], 2, [1, 2], ["1", "2"]],
} satisfies Case;
