/** A user's module, as cases import it. */
export const rate = 4;
export const settings: { readonly name: string; readonly limits: readonly number[] } = {
  name: "settings",
  limits: [1, 2],
};

const hidden = (x: number): number => x * rate;

export function scaled(x: number): number {
  return hidden(x);
}

export const getHidden = (): ((x: number) => number) => hidden;

export default function twice(x: number): number {
  return 2 * x;
}

export const tasks = {
  add(a: number, b: number): number {
    return a + b + rate;
  },
  nested: { triple: (x: number): number => 3 * x },
};

export class Tools {
  static readonly factor: number = 5;
  static scale(x: number): number {
    return x * Tools.factor;
  }
}

export class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  get length(): number {
    return Math.hypot(this.x, this.y);
  }
}

let state = 1;
export function setState(value: number): void {
  state = value;
}
export function readState(): number {
  return state;
}
