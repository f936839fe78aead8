import { shortened, typeOf } from "../shown.ts";
import { construct } from "../structure.ts";
import { type AnyFunction, type Call, refsOf } from "../task.ts";
import { DispatchNode, slot } from "./node.ts";
import type { NodeOptions } from "./options.ts";

const SHOWN_ARGUMENTS = 10;
const LONGEST_SUMMARY = 500;

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
    return this.options?.label ?? nameOf(this.fn);
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
    const parts = [this.label, ...abridged(this.args.map((arg) => () => describeArgument(arg)))];
    return shortened(`Op<${parts.join(", ")}>`, LONGEST_SUMMARY);
  }

  override toString(): string {
    return `Op(${slot(this)},${nameOf(this.fn)},${JSON.stringify(this.label)})`;
  }
}

/** An op whose function is an ES class: the call is `new fn(...args)`. */
export class ConstructorOp<out T = unknown> extends Op<T> {
  /** @internal */
  override toTask(): Call {
    return { kind: "call", fn: construct, args: [this.fn, ...this.args] };
  }
}

function nameOf(fn: AnyFunction): string {
  // A class may have a static `name` that is anything.
  const name: unknown = fn.name;
  return typeof name === "string" && name !== "" ? name : "anonymous";
}

function describeArgument(arg: unknown): string {
  if (arg instanceof DispatchNode) return arg.brief();
  if (typeof arg !== "object" || arg === null || Array.isArray(arg)) return typeOf(arg);
  const named = Object.entries(arg).filter(([, value]) => value instanceof DispatchNode);
  if (named.length === 0) return typeOf(arg);
  return abridged(
    named.map(
      ([key, value]) =>
        () =>
          `${key} => ${describeArgument(value)}`,
    ),
  ).join(", ");
}

/** The first of many descriptions, and how many more there are. */
function abridged(descriptions: readonly (() => string)[]): string[] {
  const shown = descriptions.slice(0, SHOWN_ARGUMENTS).map((describe) => describe());
  const more = descriptions.length - SHOWN_ARGUMENTS;
  return more > 0 ? [...shown, `… ${more} more`] : shown;
}
