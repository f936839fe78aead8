import type { Case } from "../../case.ts";

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}
const make = (cents: number): Money => new Money(cents);

export default {
  run: (cents: number) => make(cents),
  args: [5],
  expected: new Money(5),
  next: [{ run: (money: unknown) => money instanceof Money && money.constructor === Money, expected: true }],
  also: [
    { run: (money: unknown) => money instanceof Money, args: [new Money(1)], expected: true },
    { run: (money: unknown) => money instanceof Money, args: [{ cents: 1 }], expected: false },
  ],
} satisfies Case;
