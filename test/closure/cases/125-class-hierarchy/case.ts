import type { Case } from "../../case.ts";

const log: string[] = [];
class A {
  static label = "A";
  static describe(): string {
    return `${this.label}:${this.name}`;
  }
  constructor() {
    log.push(new.target.name);
  }
  who(): string {
    return "a";
  }
}
class B extends A {
  static override label = "B";
  override who(): string {
    return `b${super.who()}`;
  }
}
class C extends B {
  static override describe(): string {
    return `<${super.describe()}>`;
  }
  override who(): string {
    return `c${super.who()}`;
  }
}

export default {
  run: () => [new C().who(), C.describe(), B.describe(), log, Object.getPrototypeOf(C) === B],
  expected: ["cba", "<B:C>", "B:B", ["C"], true],
} satisfies Case;
