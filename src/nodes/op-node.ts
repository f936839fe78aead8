import { type AnyFunction, type Call, Ref, refsOf } from "../task.ts";
import { DispatchNode, slot, typeOf } from "./node.ts";
import type { NodeOptions } from "./options.ts";

const SHOWN_ARGUMENTS = 10;

/**
 * A call of a function. Made by `op` and `delayed`.
 * @typeParam T what the call results in, promises unwrapped
 */
export class Op<out T = unknown> extends DispatchNode<T> {
  /** The function to call. */
  readonly fn: AnyFunction;
  /** The arguments, with nodes in the place of values; read when a run starts. */
  args: readonly unknown[];

  /** @internal use `op` */
  constructor(fn: AnyFunction, args: readonly unknown[], options?: NodeOptions) {
    super(options);
    this.fn = fn;
    this.args = args;
  }

  override get label(): string {
    return this.options?.label ?? (this.fn.name || "anonymous");
  }

  override get typeName(): string {
    return "Op";
  }

  /** The nodes among the arguments, nested ones included; a node that occurs twice is there twice. */
  override dependencies(): readonly DispatchNode[] {
    return refsOf(this.args) as DispatchNode[];
  }

  /** @internal an op is itself the task that it stands for, which saves an object per node */
  get kind(): "call" {
    return "call";
  }

  /** @internal */
  override toTask(): Call {
    return this;
  }

  override summary(): string {
    const shown = this.args.slice(0, SHOWN_ARGUMENTS).map(describeArgument);
    if (this.args.length > SHOWN_ARGUMENTS) shown.push(`… ${this.args.length - SHOWN_ARGUMENTS} more`);
    return `Op<${[this.label, ...shown].join(", ")}>`;
  }

  override toString(): string {
    return `Op(${slot(this)},${this.fn.name || "anonymous"},${JSON.stringify(this.label)})`;
  }
}

/** An op whose function is an ES class: the call is `new fn(...args)`. */
export class ConstructorOp<out T = unknown> extends Op<T> {
  /** @internal */
  override toTask(): Call {
    return { kind: "call", fn: construct, args: [this.fn, ...this.args] };
  }
}

function construct(constructed: new (...args: unknown[]) => unknown, ...args: unknown[]): unknown {
  return new constructed(...args);
}

function describeArgument(arg: unknown): string {
  if (arg instanceof DispatchNode) return `${arg.typeName}<${arg.label}>`;
  if (typeof arg !== "object" || arg === null || Array.isArray(arg)) return typeOf(arg);
  const entries = Object.entries(arg);
  const named = entries.filter(([, value]) => value instanceof Ref);
  if (named.length === 0) return typeOf(arg);
  return named.map(([key, value]) => `${key} => ${describeArgument(value)}`).join(", ");
}
