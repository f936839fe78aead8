import type { Case } from "../../case.ts";

const limit = 3;

export default {
  run: (input: Record<string, number>) => {
    const found: unknown[] = [];
    outer: for (const key in input) {
      for (const digit of String(input[key])) {
        switch (digit) {
          case "0":
            continue outer;
          case "9":
            break outer;
          default:
            found.push(key + digit);
        }
      }
    }
    class Local {
      readonly #limit = limit;
      static of(): Local {
        return new Local();
      }
      get limit(): number {
        return this.#limit;
      }
    }
    do found.push(Local.of().limit);
    while (found.length < limit);
    return found;
  },
  args: [{ a: 12, b: 304, c: 9, d: 1 }],
  expected: ["a1", "a2", "b3", 3],
} satisfies Case;
