import type { Case } from "../../case.ts";

class Counter {
  count = 1;
  next(): number {
    return ++this.count;
  }
}
const counter = new Counter();
counter.count = 5;

export default {
  run: () => [counter.next(), counter instanceof Counter, counter.constructor === Counter],
  expected: [6, true, true],
} satisfies Case;
