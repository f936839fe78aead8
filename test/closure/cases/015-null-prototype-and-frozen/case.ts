import type { Case } from "../../case.ts";

const bare: Record<string, number> = Object.assign(Object.create(null), { a: 1 });
const frozen = Object.freeze({ list: Object.freeze([1]) });
const sealed = Object.seal({ a: 1 });
const fixed = Object.preventExtensions({ a: 1 });

export default {
  run: () => [
    Object.getPrototypeOf(bare),
    bare.a,
    Object.isFrozen(frozen),
    Object.isFrozen(frozen.list),
    [Object.isSealed(sealed), Object.isFrozen(sealed)],
    [Object.isExtensible(fixed), Object.isSealed(fixed)],
  ],
  expected: [null, 1, true, true, [true, false], [false, false]],
} satisfies Case;
