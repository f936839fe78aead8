import type { Case } from "../../case.ts";

const kinds = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

export default {
  run: () => kinds.map((Kind, i) => new Kind(`message ${i}`)),
  expected: kinds.map((Kind, i) => new Kind(`message ${i}`)),
  also: [
    {
      run: () => {
        throw new AggregateError([new TypeError("inner")], "outer");
      },
      throws: new AggregateError([new TypeError("inner")], "outer"),
    },
    {
      run: () => {
        throw new DOMException("stop", "AbortError");
      },
      throws: new DOMException("stop", "AbortError"),
    },
    {
      run: async () => {
        throw "text";
      },
      throws: "text",
    },
  ],
} satisfies Case;
