import type { Call } from "../task.ts";
import { DispatchNode, provideIndexNode, slot, typeOf } from "./node.ts";
import type { NodeOptions } from "./options.ts";

const SHOWN_DEPTH = 4;

/** An element of another node's result, of which only that element travels. Made by `at`, `get` and destructuring. */
export class IndexNode<out T = unknown> extends DispatchNode<T> {
  /** @internal the arguments of `elementOf`: the parent and the key */
  readonly args: readonly [DispatchNode, unknown];

  constructor(parent: DispatchNode, key: unknown, options?: NodeOptions) {
    super(options);
    if (!(parent instanceof DispatchNode))
      throw new TypeError("IndexNode(parent, key): parent is not a node");
    this.args = [parent, key];
  }

  /** The node that is indexed. */
  get parent(): DispatchNode {
    return this.args[0];
  }

  /** The index or key of the element. */
  get key(): unknown {
    return this.args[1];
  }

  override get label(): string {
    return this.options?.label ?? path(this, (node) => node.label);
  }

  override get typeName(): string {
    return "IndexNode";
  }

  override dependencies(): readonly DispatchNode[] {
    return [this.parent];
  }

  /** @internal */
  get kind(): "call" {
    return "call";
  }

  /** @internal */
  get fn(): typeof elementOf {
    return elementOf;
  }

  /** @internal */
  override toTask(): Call {
    return this;
  }

  override summary(): string {
    return nest(
      this,
      (node) => node.summary(),
      (inner, key) => `IndexNode<${inner}, ${key}>`,
    );
  }

  override toString(): string {
    return nest(this, String, (inner, key) => `IndexNode(${inner},${key},${slot(this)})`);
  }
}

provideIndexNode(<E>(parent: DispatchNode, key: unknown) => new IndexNode<E>(parent, key));

/** The keys of a chain of index nodes, outermost last, and the node that the chain starts from. */
function chain(node: IndexNode): { base: DispatchNode; keys: string[]; cut: boolean } {
  const keys: string[] = [];
  let base: DispatchNode = node;
  while (base instanceof IndexNode && keys.length < SHOWN_DEPTH) {
    keys.unshift(String(base.key));
    base = base.parent;
  }
  return { base, keys, cut: base instanceof IndexNode };
}

function path(node: IndexNode, labelOf: (base: DispatchNode) => string): string {
  const { base, keys, cut } = chain(node);
  return `${cut ? "…" : labelOf(base)}${keys.map((key) => `[${key}]`).join("")}`;
}

function nest(
  node: IndexNode,
  show: (base: DispatchNode) => string,
  wrap: (inner: string, key: string) => string,
): string {
  const { base, keys, cut } = chain(node);
  return keys.reduce((inner, key) => wrap(inner, key), cut ? "…" : show(base));
}

/**
 * The element of `value` under `key`: an index of anything with a length (from the end if
 * negative), a key of a `Map`, or a property.
 * @throws RangeError when there is none: a missing element is never `undefined`
 */
export function elementOf(value: unknown, key: unknown): unknown {
  if (value instanceof Map) {
    if (value.has(key)) return value.get(key);
    throw new RangeError(`the Map has no key ${JSON.stringify(key)}`);
  }
  if (value === null || value === undefined) throw new RangeError(`${value} has no element ${String(key)}`);
  if (typeof value === "string" && typeof key === "number") {
    const character = value.at(key);
    if (character !== undefined) return character;
  }
  if (typeof value === "object" || typeof value === "function") {
    const length = (value as { length?: unknown }).length;
    const name =
      typeof key === "number" && key < 0 && typeof length === "number" ? length + key : (key as PropertyKey);
    if (name in value && !(name in Object.prototype && !Object.hasOwn(value, name))) {
      return (value as Record<PropertyKey, unknown>)[name];
    }
    if (typeof key === "number" && typeof length === "number") {
      throw new RangeError(
        `index ${key} is out of range: the result, of type ${typeOf(value)}, has length ${length}`,
      );
    }
  }
  throw new RangeError(
    `the result, of type ${typeOf(value)}, has no element ${JSON.stringify(key) ?? String(key)}`,
  );
}
