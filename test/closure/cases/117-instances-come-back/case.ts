import type { Case } from "../../case.ts";

class Leaf {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
class Tree extends Leaf {
  readonly children: Leaf[] = [];
  add(...children: Leaf[]): this {
    this.children.push(...children);
    return this;
  }
  get sum(): number {
    return (
      this.value + this.children.reduce((sum, one) => sum + (one instanceof Tree ? one.sum : one.value), 0)
    );
  }
}

export default {
  run: (tree: Tree) => new Tree(1).add(new Leaf(2), tree),
  args: [new Tree(3).add(new Leaf(4))],
  expected: new Tree(1).add(new Leaf(2), new Tree(3).add(new Leaf(4))),
  next: [{ run: (tree: Tree) => [tree instanceof Leaf, tree.sum], expected: [true, 10] }],
} satisfies Case;
