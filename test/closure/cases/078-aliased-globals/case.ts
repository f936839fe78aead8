import type { Case } from "../../case.ts";

const { isArray, from } = Array;
const { max, PI } = Math;
const tag = Object.prototype.toString;
const define = Object.defineProperty;
const slice = Array.prototype.slice;
const { iterator } = Symbol;

export default {
  run: () => [
    isArray([]),
    max(1, 2),
    PI > 3,
    tag.call(new Map()),
    define({}, "x", { value: 1, enumerable: true }),
    slice.call("abc", 1),
    typeof Object(new Set())[iterator],
    from("ab"),
  ],
  expected: [true, 2, true, "[object Map]", { x: 1 }, ["b", "c"], "function", ["a", "b"]],
} satisfies Case;
