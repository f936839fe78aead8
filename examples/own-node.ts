import { collect, DispatchNode, op } from "dispatch-graph";

/** A node type of one's own: a sum that stops listening once it is large enough. */
class SumUpTo extends DispatchNode<number> {
  constructor(terms: readonly DispatchNode<number>[], most: number) {
    super({ label: `sum up to ${most}` });
    this.terms = terms;
    this.most = most;
  }

  readonly terms: readonly DispatchNode<number>[];
  readonly most: number;

  /** Whose values it needs. */
  override dependencies(): readonly DispatchNode<number>[] {
    return this.terms;
  }

  /** What to do with them, in the same order. May be async. */
  override run(values: readonly number[]): number {
    let sum = 0;
    for (const value of values) if (sum + value <= this.most) sum += value;
    return sum;
  }
}

const terms = [3, 8, 4].map((n) => op((x: number) => x * x, n));
console.log(await collect(new SumUpTo(terms, 30))); // 25
