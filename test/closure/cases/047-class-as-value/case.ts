import type { Case } from "../../case.ts";

const start = 3;
class Series {
  static first = start;
  static readonly #step = 2;
  static at(n: number): number {
    return Series.first + n * Series.#step;
  }
  static {
    this.first += 1;
  }
}
Series.first = 100;

export default {
  run: () => [Series.at(2), Series.name, typeof Series, Object.keys(Series)],
  expected: [104, "Series", "function", ["first"]],
} satisfies Case;
