import { shown, typeOf } from "../shown.ts";
import type { Data } from "../task.ts";
import { DispatchNode } from "./node.ts";
import type { NodeOptions } from "./options.ts";

/** A value known beforehand. It is passed on as it is: nodes inside it are not run. */
export class DataNode<out T = unknown> extends DispatchNode<T> {
  readonly value: T;

  constructor(value: T, options?: NodeOptions) {
    super(options);
    this.value = value;
  }

  /** Always true. */
  override isReady(): boolean {
    return true;
  }

  /** The value, at once. */
  override async fetch(): Promise<T> {
    return this.value;
  }

  /** @internal */
  override toTask(): Data {
    return { kind: "data", value: this.value };
  }

  override summary(): string {
    return `DataNode{${typeOf(this.value)}}`;
  }

  /** @internal */
  override brief(): string {
    return this.options?.label === undefined ? this.summary() : super.brief();
  }

  override toString(): string {
    return `DataNode(${shown(this.value)})`;
  }
}
