import { deserialize, serialize } from "node:v8";
import { type Capsule, type Definition, Library } from "../../src/closure/library.ts";
import type { AnyFunction } from "../../src/task.ts";

let libraries = 0;

/** A library that stands for a thread of its own. */
export function thread(): Library {
  return new Library(`thread${++libraries}`);
}

/** As it arrives elsewhere. */
export function sent<T extends Capsule | readonly Definition[]>(data: T): T {
  return deserialize(serialize(data)) as T;
}

/** Gives `to` all that it needs of `from`. */
export async function send(
  from: Library,
  to: Library,
  ids: readonly string[],
  known: Set<string> = new Set(),
): Promise<void> {
  await to.accept(sent(from.needed(ids, known)));
}

/** The function as another thread has it. */
export async function moved<F extends AnyFunction>(
  fn: F,
  from: Library = thread(),
  to: Library = thread(),
): Promise<F> {
  const { id } = from.capture(fn);
  await send(from, to, [id]);
  return to.functionOf(id) as F;
}

/** The value as another thread has it. */
export async function movedValue<T>(value: T, from: Library = thread(), to: Library = thread()): Promise<T> {
  const capsule = from.captureValue(value);
  await send(from, to, capsule.uses);
  return to.restore(sent(capsule)) as T;
}
