/** What the tasks of chaos runs do. They need nothing but their arguments, so that anybody can compute them again. */

/** What tasks make of their inputs. */
export type Kind = "number" | "text" | "record" | "own" | "array" | "bytes" | "failing";

/** What a task that fails throws. */
export class ChaosError extends Error {
  override readonly name = "ChaosError";
  readonly seed: number;

  constructor(seed: number) {
    super(`task ${seed} fails`);
    this.seed = seed;
  }
}

/** Doubles in an array, so that it has some 100 KB. */
const LENGTH = 12_000;

/** The result of a task: another one for any other seed, or value of an input. */
export function produce(kind: Kind, seed: number, inputs: readonly unknown[]): unknown {
  const mixed = inputs.reduce<number>((hash, input) => mix(hash, digest(input)), seed);
  switch (kind) {
    case "number":
      return mixed / 8;
    case "text":
      return `text ${mixed}`;
    case "record":
      return { seed, mixed, list: [mixed, null, true, [`${seed}`]], nested: { inputs: inputs.length } };
    case "own":
      return { made: new Date(mixed), counts: new Map([[mixed, new Set([seed])]]), big: BigInt(mixed) };
    case "array":
      return Float64Array.from({ length: LENGTH + (seed % 1000) }, (_, i) => mixed + i / 4);
    case "bytes":
      return Uint8Array.from({ length: 1 + (seed % 5000) }, (_, i) => mixed + i);
    case "failing":
      throw new ChaosError(seed);
  }
}

/** @param wait How long it takes: milliseconds in which its thread can do other things; or, if negative, cannot. */
export async function perform(
  kind: Kind,
  seed: number,
  wait: number,
  ...inputs: readonly unknown[]
): Promise<unknown> {
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  for (const end = performance.now() - wait; wait < 0 && performance.now() < end; );
  return produce(kind, seed, inputs);
}

/** The same for the same value, whichever way it has come. */
function digest(value: unknown): number {
  if (typeof value === "number") return mix(1, Math.round(value * 8));
  if (typeof value === "bigint") return mix(2, Number(BigInt.asIntN(32, value)));
  if (typeof value === "string") return [...value].reduce((hash, char) => mix(hash, char.charCodeAt(0)), 3);
  if (ArrayBuffer.isView(value)) {
    const items = value as Float64Array;
    return mix(mix(mix(4, items.length), digest(items[0])), digest(items[items.length - 1]));
  }
  if (value instanceof Date) return mix(5, value.getTime());
  if (value instanceof Map || value instanceof Set) return digest([...value]);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).reduce((hash, [name, one]) => mix(mix(hash, digest(name)), digest(one)), 6);
  }
  return mix(7, value === true ? 1 : 0);
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value ^ (value >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
