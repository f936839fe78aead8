import { containersIn, Ref, substitute } from "../task.ts";

/** Stands, at a worker, in the arguments of a call for the value of the next input. */
class Slot extends Ref {
  override toString(): string {
    return "Slot";
  }
}

const SLOT = new Slot();

/** True if some argument is more than a ref or what every channel carries as it is. */
export function isNested(args: readonly unknown[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const kind = typeof arg;
    if (kind === "object" ? arg !== null && !(arg instanceof Ref) : kind === "function" || kind === "symbol")
      return true;
  }
  return false;
}

/** The arguments with the hole in the place of each ref. */
export function withHoles(args: readonly unknown[], refs: number, hole: object): readonly unknown[] {
  return refs === 0 ? args : substitute(args, new Array(refs).fill(hole));
}

/** The opposite, of arguments that have just arrived: nobody else has them. */
export function withoutHoles(args: unknown[], hole: unknown): readonly unknown[] {
  for (const container of containersIn(args)) {
    for (const key of Object.keys(container)) {
      const holder = container as Record<string, unknown>;
      if (holder[key] === hole) holder[key] = SLOT;
    }
  }
  return args;
}

/** Takes `count` arguments out of a list. */
export function listed(
  values: readonly unknown[],
  start: number,
  count: number,
  hole: unknown,
): readonly unknown[] {
  const args = new Array<unknown>(count);
  for (let i = 0; i < count; i++) {
    const value = values[start + i];
    args[i] = value === hole ? SLOT : value;
  }
  return args;
}
