/**
 * Tasks as a worker gets them: the scheduler has read our graph and written each of its tasks anew, with
 * Python's own pickle, so that the layout is that of the release.
 *
 * | release            | a task is filled with                                | a dependency                   |
 * | ------------------ | ---------------------------------------------------- | ------------------------------ |
 * | up to 2025.2       | `(None, {slot: value})`                              | `Alias`, or `TaskRef`          |
 * | 2025.3.0 and newer | the values of its slots, `args, func, key, kwargs` last | `TaskRef`, filled or called |
 */

import { interpret } from "../pickle/constructors.ts";
import { PyGlobal, PyObject } from "../pickle/objects.ts";
import { unpickle } from "../pickle/reader.ts";
import { TASK_MARKER } from "./graph-pickle.ts";
import { type KeyId, keyId, keyText } from "./key.ts";
import type { Pickled } from "./message.ts";

/** What a worker is to run. */
export type RunSpec =
  /** One of ours, as `updateGraph` wrote it: dependencies in the order of the arguments. */
  | {
      readonly kind: "task";
      readonly payloads: readonly Uint8Array[];
      readonly dependencies: readonly KeyId[];
    }
  /** The value of another key. */
  | { readonly kind: "alias"; readonly target: KeyId }
  /** A constant, already read. */
  | { readonly kind: "data"; readonly value: unknown }
  /** A task for Python; `what` says what it would do. */
  | { readonly kind: "foreign"; readonly what: string };

const MODULE = "dask._task_spec.";
const METHODCALLER = "operator.methodcaller";

/** Throws a `DaskProtocolError` if it cannot be read at all. */
export function readRunSpec({ bytes, buffers }: Pickled): RunSpec {
  const spec = unpickle(bytes, buffers);
  if (!(spec instanceof PyObject)) return { kind: "foreign", what: "a task in a form of older releases" };
  switch (spec.path) {
    case `${MODULE}Task`:
      return readTask(spec);
    case `${MODULE}Alias`:
    case `${MODULE}TaskRef`:
      return { kind: "alias", target: referenceOf(spec)! };
    case `${MODULE}DataNode`:
      return { kind: "data", value: interpret(field(spec, "value", 1)) };
    default:
      return { kind: "foreign", what: spec.path };
  }
}

function readTask(task: PyObject): RunSpec {
  const { args, func } = callOf(task);
  if (!(func instanceof PyObject) || func.path !== METHODCALLER || func.args[0] !== TASK_MARKER) {
    return { kind: "foreign", what: nameOf(func) };
  }
  const payloads: Uint8Array[] = [];
  const dependencies: KeyId[] = [];
  for (const argument of args) {
    const reference = referenceOf(argument);
    if (reference !== undefined) dependencies.push(reference);
    else if (argument instanceof Uint8Array) payloads.push(argument);
    else return { kind: "foreign", what: `${TASK_MARKER} with an argument of Python's` };
  }
  return { kind: "task", payloads, dependencies };
}

/** The function and the arguments of a task, in both layouts. */
function callOf({ state }: PyObject): { readonly args: readonly unknown[]; readonly func: unknown } {
  // A slot that a later release adds comes before these, as slots of subclasses come first.
  const slots = slotsOf(state);
  const values: unknown[] = Array.isArray(state) ? state : [];
  const args = slots?.get("args") ?? values.at(-4);
  const func = slots?.get("func") ?? values.at(-3);
  return { args: Array.isArray(args) ? args : [], func };
}

/** Of a state `(None, {slot: value})`. */
function slotsOf(state: unknown): ReadonlyMap<unknown, unknown> | undefined {
  return Array.isArray(state) && state.length === 2 && state[1] instanceof Map ? state[1] : undefined;
}

/** A field of an object that has been filled, or of one that is called. */
function field({ state, args }: PyObject, name: string, position: number): unknown {
  return slotsOf(state)?.get(name) ?? args[position];
}

/** The key that an `Alias` or a `TaskRef` stands for. The target of an alias may be a reference again. */
function referenceOf(value: unknown): KeyId | undefined {
  if (!(value instanceof PyObject)) return undefined;
  if (value.path === `${MODULE}TaskRef`) return keyId(field(value, "key", 0));
  if (value.path !== `${MODULE}Alias`) return undefined;
  const target = field(value, "target", 1) ?? field(value, "key", 0);
  return target instanceof PyObject && target.path === `${MODULE}TaskRef`
    ? keyId(field(target, "key", 0))
    : keyId(target);
}

/** The function of a task for people. */
function nameOf(func: unknown): string {
  if (func instanceof PyGlobal) return func.path;
  if (!(func instanceof PyObject)) return "something that is no function";
  const [first] = func.args;
  if (func.path === METHODCALLER && typeof first === "string") return `the method ${keyText(first)}`;
  return `an object of ${func.path || "an unknown class"}`;
}
