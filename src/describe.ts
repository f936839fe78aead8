import { survey } from "./serialize/survey.ts";
import { typeOf } from "./shown.ts";

/** What is known of a value without having it: small, whatever the size of the value. */
export interface Description {
  /** Name of the class, or of the kind of primitive. */
  readonly type: string;
  /** Estimated size in memory. */
  readonly bytes: number;
  /** How many elements, entries or characters it has, if it has any such. */
  readonly length?: number;
  /** What the elements of numeric data are, for example `float64`. */
  readonly dtype?: string;
  /** Elements along each dimension of numeric data. */
  readonly shape?: readonly number[];
}

/**
 * Describes a value: of typed arrays and Buffers also the kind of their elements, and of objects
 * that have a `shape` and a `dtype`, as arrays of several dimensions do, these.
 * @param bytes its size, if that is known already
 */
export function describe(value: unknown, bytes: number = survey(value).bytes): Description {
  try {
    return described(value, bytes);
  } catch {
    // Code of the user's own stands in the place of what is looked at.
    return { type: typeof value, bytes };
  }
}

function described(value: unknown, bytes: number): Description {
  const type = typeOf(value);
  if (typeof value === "string") return { type, bytes, length: value.length };
  if (typeof value !== "object" || value === null) return { type, bytes };
  if (Array.isArray(value)) return { type, bytes, length: value.length };
  if (value instanceof Map || value instanceof Set) return { type, bytes, length: value.size };
  if (value instanceof DataView || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return { type, bytes, length: value.byteLength };
  if (ArrayBuffer.isView(value)) {
    const { length } = value as Uint8Array;
    return { type, bytes, length, dtype: elementType(value), shape: [length] };
  }
  const { dtype, shape, length } = fieldsOf(value, ["dtype", "shape", "length"]);
  return {
    type,
    bytes,
    ...(isCount(length) ? { length } : undefined),
    ...(typeof dtype === "string" ? { dtype } : undefined),
    ...(Array.isArray(shape) && shape.length <= 32 && shape.every(isCount)
      ? { shape: [...shape] }
      : undefined),
  };
}

/** `float64` of a Float64Array, and so on. */
function elementType(view: ArrayBufferView): string {
  const kind = (view as unknown as { readonly [Symbol.toStringTag]: string })[Symbol.toStringTag];
  return kind
    .replace(/(Clamped)?Array$/, "")
    .replace("Big", "")
    .toLowerCase();
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

/** Properties that hold data; getters are not run, they may do anything. */
function fieldsOf<K extends string>(value: object, names: readonly K[]): Partial<Record<K, unknown>> {
  const fields: Partial<Record<K, unknown>> = {};
  for (const name of names) fields[name] = Object.getOwnPropertyDescriptor(value, name)?.value;
  return fields;
}
