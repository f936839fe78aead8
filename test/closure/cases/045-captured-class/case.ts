import type { Case } from "../../case.ts";

const unit = 10;
class Counter {
  count = unit;
  add(n: number): this {
    this.count += n;
    return this;
  }
}

export default {
  run: (n: number) => new Counter().add(n).add(n).count,
  args: [2],
  expected: 14,
} satisfies Case;
