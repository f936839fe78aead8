import type { Library } from "../../src/closure/library.ts";
import type { KeyId } from "../../src/dask/protocol/key.ts";
import type { GraphTask } from "../../src/dask/protocol/task-graph.ts";
import { argumentBytes } from "../../src/dask/tasks/argument-bytes.ts";
import { functionBytes } from "../../src/dask/tasks/function-bytes.ts";
import { type AnyFunction, Ref } from "../../src/task.ts";
import { LISTED } from "../../src/worker/protocol.ts";

/** In the place of an argument: the result of the task with this key. */
export class Input extends Ref {
  readonly key: KeyId;

  constructor(key: KeyId) {
    super();
    this.key = key;
  }

  override toString(): string {
    return this.key;
  }
}

/** The task `fn(...args)` with a key of its own choice, for those who speak of keys. Arguments are inputs, and primitive values. */
export function graphTask(
  library: Library,
  key: KeyId,
  fn: AnyFunction,
  args: readonly unknown[] = [],
): GraphTask {
  const notes = { label: key, node: 1, topic: undefined, watched: false, described: false };
  return {
    key,
    payloads: [
      functionBytes(library.capture(fn, key).id, library),
      argumentBytes(notes, 0, { form: LISTED, args }, library),
    ],
    dependencies: args.flatMap((arg) => (arg instanceof Input ? [arg.key] : [])),
  };
}
