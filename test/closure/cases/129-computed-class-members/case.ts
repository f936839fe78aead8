import type { Case } from "../../case.ts";

const key = "dynamic";
const symbol = Symbol.for("member");
class Keyed {
  [key](): string {
    return key;
  }
  static [`${key}Static`](): number {
    return 1;
  }
  [symbol] = 2;
  get [`${key}Getter`](): number {
    return 3;
  }
}

export default {
  run: () => {
    const one = new Keyed() as unknown as Record<PropertyKey, unknown>;
    return [
      (one[key] as () => string)(),
      (Keyed as unknown as Record<string, () => number>)[`${key}Static`]!(),
      one[symbol],
      one.dynamicGetter,
    ];
  },
  expected: ["dynamic", 1, 2, 3],
} satisfies Case;
