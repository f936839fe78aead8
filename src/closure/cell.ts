/**
 * A variable of a module that shipped functions share and assign to: they read and write `value`
 * instead, and call what `get` returns, which unlike `(0, cell.value)()` is no call of the line before.
 */
export class Cell {
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  get(): unknown {
    return this.value;
  }
}
