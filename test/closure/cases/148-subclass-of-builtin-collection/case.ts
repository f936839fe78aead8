import type { Case } from "../../case.ts";

class Bag<T> extends Map<T, number> {
  add(one: T): this {
    return this.set(one, (this.get(one) ?? 0) + 1);
  }
}

export default {
  run: () => [...new Bag<string>().add("a").add("a").add("b")],
  expected: [
    ["a", 2],
    ["b", 1],
  ],
} satisfies Case;
