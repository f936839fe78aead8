import type { Case } from "../../case.ts";

interface Shape {
  readonly kind: "circle" | "square";
  readonly size: number;
}
const AREAS = {
  circle: (size: number) => 3 * size ** 2,
  square: (size) => size ** 2,
} as const satisfies Record<Shape["kind"], (size: number) => number>;
function area(shape: Shape): number;
function area(...shapes: Shape[]): number;
function area(...shapes: Shape[]): number {
  return shapes.reduce<number>((sum, { kind, size }) => sum + AREAS[kind]!(size as number), 0);
}
abstract class Base<T> {
  protected abstract readonly value: T;
  declare private unused: T;
  public shown(): string {
    return String(this.value satisfies T);
  }
}
class Named extends Base<string> {
  protected override readonly value: string = "named";
}

export default {
  run: <T extends Shape>(...shapes: readonly T[]): unknown => [area(...shapes), new Named().shown()],
  args: [
    { kind: "circle", size: 1 },
    { kind: "square", size: 2 },
  ],
  expected: [7, "named"],
} satisfies Case;
