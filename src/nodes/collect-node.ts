import { collected } from "../structure.ts";
import type { Call } from "../task.ts";
import { DispatchNode, slot } from "./node.ts";
import type { NodeOptions } from "./options.ts";

const SHOWN_NODES = 10;

/** Several results as one array, in the order of the nodes. */
export class CollectNode<out T = unknown> extends DispatchNode<T[]> {
  /** The collected nodes. */
  readonly nodes: readonly DispatchNode<T>[];

  /** @throws TypeError when an element is not a node */
  constructor(nodes: Iterable<DispatchNode<T>>, options?: NodeOptions) {
    super(options);
    this.nodes = Array.isArray(nodes) ? nodes : [...nodes];
    const stranger = this.nodes.findIndex((node) => !(node instanceof DispatchNode));
    if (stranger >= 0) throw new TypeError(`CollectNode(nodes): element ${stranger} is not a node`);
  }

  /** `3 Ops`, `1 IndexNode`, or `2 DispatchNodes` for nodes of several types, unless one was given. */
  override get label(): string {
    if (this.options?.label !== undefined) return this.options.label;
    const first = this.nodes[0]?.typeName;
    const alike = first !== undefined && this.nodes.every((node) => node.typeName === first);
    return `${this.nodes.length} ${alike ? first : "DispatchNode"}${this.nodes.length === 1 ? "" : "s"}`;
  }

  override get typeName(): string {
    return "CollectNode";
  }

  override dependencies(): readonly DispatchNode<T>[] {
    return this.nodes;
  }

  /** @internal */
  override toTask(): Call {
    return { kind: "call", fn: collected, args: [this.nodes] };
  }

  override toString(): string {
    const shown = this.nodes.slice(0, SHOWN_NODES).map((node) => node.summary());
    if (this.nodes.length > SHOWN_NODES) shown.push(`… ${this.nodes.length - SHOWN_NODES} more`);
    return `CollectNode(DispatchNode[${shown.join(",")}],${slot(this)},${JSON.stringify(this.label)})`;
  }
}
