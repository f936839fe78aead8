import { types } from "node:util";

/** How structured clone treats an object, told from its prototype. */
export interface Kind {
  readonly base: Base;
  /** The user's class, if it is an instance of one. */
  readonly class: Constructor | undefined;
}

export type Constructor = (abstract new (...args: never) => object) & ((...args: never) => unknown);
export type Base = "object" | "array" | "map" | "set" | "view" | "memory" | "date" | "regexp" | "boxed";

/** Bases that can have fields of a user's class beside what they hold themselves. */
const SUBCLASSED: ReadonlySet<Base> = new Set(["object", "array", "map", "set"]);

const BUILT_IN: ReadonlyMap<object, Base> = new Map<object, Base>([
  [Object.prototype, "object"],
  [Array.prototype, "array"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [Date.prototype, "date"],
  [RegExp.prototype, "regexp"],
  [Buffer.prototype, "view"],
  [DataView.prototype, "view"],
  ...typedArrays().map((prototype): [object, Base] => [prototype, "view"]),
  [ArrayBuffer.prototype, "memory"],
  [SharedArrayBuffer.prototype, "memory"],
  ...[Boolean, Number, String, BigInt].map(({ prototype }): [object, Base] => [prototype, "boxed"]),
]);

function typedArrays(): object[] {
  const names = Object.getOwnPropertyNames(globalThis).filter((name) =>
    /^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$/.test(name),
  );
  return names.map(
    (name) => (globalThis as unknown as Record<string, { prototype: object }>)[name]!.prototype,
  );
}

const known = new WeakMap<object, Kind | "hidden">();
for (const [prototype, base] of BUILT_IN) known.set(prototype, { base, class: undefined });

/**
 * The kind of the objects of a prototype, or "hidden" when their state may be where no walk over
 * properties finds it: in private members, in a WeakMap that stands for them, in native code.
 */
export function kindOf(prototype: object): Kind | "hidden" {
  let kind = known.get(prototype);
  if (kind === undefined) {
    kind = judged(prototype);
    known.set(prototype, kind);
  }
  return kind;
}

function judged(prototype: object): Kind | "hidden" {
  if (types.isProxy(prototype)) return "hidden";
  const parent: unknown = Object.getPrototypeOf(prototype);
  if (parent === null || SERIALIZE in prototype) return "hidden";
  const { base } = kindOf(parent as object) as Partial<Kind>;
  if (base === undefined || !SUBCLASSED.has(base)) return "hidden";
  const { value } = Object.getOwnPropertyDescriptor(prototype, "constructor") ?? {};
  if (typeof value !== "function" || value.prototype !== prototype) return "hidden";
  return HIDDEN.test(Function.prototype.toString.call(value)) ? "hidden" : { base, class: value };
}

/** Under this an instance has the method that gives its data. */
const SERIALIZE = Symbol.for("dispatch-graph.serialize");

/** Native code, private members, and what compilers make of them. */
const HIDDEN = /\[native code\]|#[\p{ID_Start}$_\\]|private|WeakMap|WeakSet/iu;
