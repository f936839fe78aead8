import { shown } from "../shown.ts";
import { elementOf, elementUnder } from "../structure.ts";
import type { Call } from "../task.ts";
import { DispatchNode, provideIndexNode, slot } from "./node.ts";
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
    return this.options?.label ?? path(this);
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
    const { parent, key } = this;
    if (typeof key !== "object" || key === null) return this;
    // A key is taken as it is: nodes in it must not be replaced by their values, and Maps are not searched.
    return { kind: "call", fn: elementUnder, args: [parent, new Map([["key", key]])] };
  }

  override summary(): string {
    return nest(
      this,
      (base) => base.summary(),
      (inner, { key }) => `IndexNode<${inner}, ${keyText(key)}>`,
    );
  }

  override toString(): string {
    return nest(this, String, (inner, link) => `IndexNode(${inner},${keyText(link.key)},${slot(link)})`);
  }
}

provideIndexNode(<E>(parent: DispatchNode, key: unknown) => new IndexNode<E>(parent, key));

/** A chain of index nodes down to this one, as far as it is shown, and what it starts from. */
function chain(last: IndexNode): { base: DispatchNode; links: IndexNode[] } {
  const links: IndexNode[] = [];
  let base: DispatchNode = last;
  // One that was given a label stands for itself.
  while (
    base instanceof IndexNode &&
    links.length < SHOWN_DEPTH &&
    (base === last || base.options?.label === undefined)
  ) {
    links.unshift(base);
    base = base.parent;
  }
  return { base, links };
}

function path(node: IndexNode): string {
  const { base, links } = chain(node);
  return `${isCut(base) ? "…" : base.label}${links.map(({ key }) => `[${keyText(key)}]`).join("")}`;
}

function nest(
  node: IndexNode,
  show: (base: DispatchNode) => string,
  wrap: (inner: string, link: IndexNode) => string,
): string {
  const { base, links } = chain(node);
  const start = isCut(base) ? "…" : base instanceof IndexNode ? base.brief() : show(base);
  return links.reduce(wrap, start);
}

/** True when the chain goes on beyond what is shown. */
function isCut(base: DispatchNode): boolean {
  return base instanceof IndexNode && base.options?.label === undefined;
}

function keyText(key: unknown): string {
  return typeof key === "object" || typeof key === "function" ? shown(key) : String(key);
}
