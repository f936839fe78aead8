import fc from "fast-check";

/** Classes as users write them, for instances in random values. */
export class Point {
  x = 0;
  y: unknown = 0;
  sum(): number {
    return this.x + Number(this.y);
  }
}
export class Point3 extends Point {
  z = 0;
}
export class List extends Array<unknown> {}
export class Names extends Map<unknown, unknown> {}
export class Secret {
  #own = 1;
  get own(): number {
    return this.#own;
  }
}

/** One object of a random value; its parts are primitives and objects of the same value by number. */
interface Spec {
  readonly kind: Kind;
  readonly parts: readonly (readonly [key: string, primitive: unknown, object: number])[];
  readonly extra: Extra;
}

type Kind = keyof typeof SHELLS;

const SHELLS = {
  object: () => ({}),
  array: () => [],
  sparse: () => new Array(3),
  map: () => new Map(),
  set: () => new Set(),
  bare: () => Object.create(null),
  point: () => new Point(),
  point3: () => new Point3(),
  list: () => new List(),
  names: () => new Names(),
  date: () => new Date(12345),
  "no date": () => new Date(Number.NaN),
  regexp: () => /a+/gi,
  "started regexp": () => Object.assign(/a+/gi, { lastIndex: 2 }),
  "boxed number": () => Object(-0),
  "boxed text": () => Object("text"),
  memory: () => new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer,
  "no memory": () => new ArrayBuffer(0),
  floats: () => new Float64Array([1.5, -0, Number.NaN]),
  "part of floats": () => new Float64Array([1, 2, 3]).subarray(1, 2),
  bytes: () => new Uint8ClampedArray([1, 2, 3]),
  "no bytes": () => new Uint8Array(),
  "big integers": () => new BigInt64Array([1n, -1n]),
  "data view": () => new DataView(new ArrayBuffer(4), 1, 2),
  buffer: () => Buffer.alloc(5, "abc"),
} as const;

const KINDS = Object.keys(SHELLS) as Kind[];

/** What makes an object more than what its kind says. */
type Extra = "nothing" | (typeof EXTRAS)[number] | (typeof STRANGE_EXTRAS)[number];
const EXTRAS = ["frozen", "field", "view of another", "element in a hole"] as const;
/** What only the closure machinery carries. */
const STRANGE_EXTRAS = ["accessor", "hidden field", "symbol"] as const;

const primitives = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, Number.NaN, 2 ** 31, 12n, -(2n ** 70n), "__proto__"),
);

const keys = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom("a", "b", "0", "7", "__proto__", "length", "constructor", "then"),
);

function specs(extras: readonly string[]): fc.Arbitrary<Spec[]> {
  const spec = fc.record({
    kind: fc.constantFrom(...KINDS),
    parts: fc.array(fc.tuple(keys, primitives, fc.integer({ min: -4, max: 12 })), { maxLength: 4 }),
    extra: fc.oneof({ weight: 6, arbitrary: fc.constant("nothing") }, fc.constantFrom(...extras)),
  });
  return fc.array(spec, { minLength: 1, maxLength: 8 }) as fc.Arbitrary<Spec[]>;
}

/** Values of all kinds that structured clone carries, or nearly; with shared parts and cycles. */
export const carried: fc.Arbitrary<unknown> = fc.oneof(
  primitives,
  specs(EXTRAS).map((all) => built(all)),
);

/** These, and values with accessors, symbols, and properties that cannot be enumerated. */
export const strange: fc.Arbitrary<unknown> = specs([...EXTRAS, ...STRANGE_EXTRAS]).map((all) => built(all));

function built(all: readonly Spec[]): unknown {
  const objects = all.map(({ kind }): object => SHELLS[kind]());
  for (const [i, spec] of all.entries()) fill(objects[i]!, spec, objects);
  for (const [i, { extra }] of all.entries()) {
    if (extra === "frozen" && !ArrayBuffer.isView(objects[i]!)) Object.freeze(objects[i]!);
  }
  return objects[0];
}

function fill(object: object, { kind, parts, extra }: Spec, objects: object[]): void {
  for (const [key, primitive, number] of parts) {
    const part = objects[number] ?? primitive;
    if (object instanceof Map) object.set(primitive, part);
    else if (object instanceof Set) object.add(part);
    else if (Array.isArray(object)) object.push(part);
    else if (["object", "bare", "point", "point3"].includes(kind))
      define(object, key, { value: part, enumerable: true });
  }
  const value = objects[1] ?? 1;
  if (extra === "field") define(object, "extra", { value, enumerable: true });
  if (extra === "hidden field") define(object, "extra", { value });
  if (extra === "accessor") define(object, "extra", { get: () => 1, enumerable: true });
  if (extra === "symbol") define(object, Symbol.for("extra"), { value, enumerable: true });
  if (extra === "element in a hole" && Array.isArray(object)) object[object.length + 2] = value;
  if (extra === "view of another") {
    const memory = objects.find((one) => one instanceof ArrayBuffer);
    if (memory !== undefined && Array.isArray(object)) object.push(new Uint8Array(memory));
  }
}

function define(object: object, key: string | symbol, property: PropertyDescriptor): void {
  Object.defineProperty(object, key, {
    configurable: true,
    ...("value" in property ? { writable: true } : {}),
    ...property,
  });
}
