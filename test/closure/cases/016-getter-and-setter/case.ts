import type { Case } from "../../case.ts";

const box = {
  inner: 2,
  get value(): number {
    return this.inner * factor;
  },
  set value(value: number) {
    this.inner = value;
  },
};
const factor = 10;
Object.defineProperty(box, "hidden", { value: 7, enumerable: false });

export default {
  run: () => {
    const before = box.value;
    box.value = 5;
    return [before, box.value, Object.keys(box), (box as unknown as { hidden: number }).hidden];
  },
  expected: [20, 50, ["inner", "value"], 7],
} satisfies Case;
