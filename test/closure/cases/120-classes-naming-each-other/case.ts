import type { Case } from "../../case.ts";

class Parent {
  readonly children: Child[] = [];
  create(): Child {
    const child = new Child(this);
    this.children.push(child);
    return child;
  }
}
class Child {
  readonly parent: Parent;
  constructor(parent: Parent) {
    this.parent = parent;
  }
  get isKnown(): boolean {
    return this.parent instanceof Parent && this.parent.children.includes(this);
  }
}

export default { run: () => new Parent().create().isKnown, expected: true } satisfies Case;
