import type { Case } from "../../case.ts";

class Unit {
  readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
}
const makers = [1, 2, 3].map((n) => (): Unit => new Unit(n));

export default {
  run: () => makers.map((make) => make()),
  expected: [new Unit(1), new Unit(2), new Unit(3)],
  next: [
    {
      run: (units: Unit[]) =>
        new Set(units.map((one) => one.constructor)).size === 1 && units[0] instanceof Unit,
      expected: true,
    },
  ],
} satisfies Case;
