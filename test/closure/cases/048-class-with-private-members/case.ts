import type { Case } from "../../case.ts";

class Account {
  #balance = 0;
  static #opened = 0;
  #log(): string {
    return `${this.#balance}/${Account.#opened}`;
  }
  constructor() {
    Account.#opened++;
  }
  get #double(): number {
    return this.#balance * 2;
  }
  add(n: number): this {
    this.#balance += n;
    return this;
  }
  static is(value: object): boolean {
    return #balance in value;
  }
  shown(): unknown {
    return [this.#log(), this.#double, Account.is(this), Account.is({})];
  }
}

export default { run: () => new Account().add(5).shown(), expected: ["5/1", 10, true, false] } satisfies Case;
