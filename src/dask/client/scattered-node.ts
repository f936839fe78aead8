import { ExecutorError } from "../../errors.ts";
import { DispatchNode } from "../../nodes/node.ts";
import type { NodeOptions } from "../../nodes/options.ts";
import type { Task } from "../../task.ts";

/** Stands for a value that a `Client` has put at the workers of its cluster; made by `client.scatter`. */
export class ScatteredNode<out T = unknown> extends DispatchNode<T> {
  /** @internal use `client.scatter` */
  constructor(options?: NodeOptions) {
    super(options);
  }

  /** @internal Asked for only where the value is not: a client that has it needs no task. */
  override toTask(): Task {
    throw new ExecutorError(
      `"${this.label}" is at the workers of the client that scattered it, until it is released there; it cannot be used elsewhere`,
    );
  }
}
