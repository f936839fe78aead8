/**
 * Failures of tasks. A failure of ours is the pickle of an exception that any Python has:
 *
 * ```text
 * RuntimeError("Name: message"), filled with {"__notes__": [stack], "dispatch_graph": bytes}
 * ```
 *
 * Fields of an exception show neither in its text nor in its `repr`, and go where it goes; Python prints the
 * notes below the traceback. Python's failures are described as far as their pickles tell.
 */

import { interpret } from "../pickle/constructors.ts";
import { PyGlobal, PyObject } from "../pickle/objects.ts";
import * as op from "../pickle/opcodes.ts";
import { unpickle } from "../pickle/reader.ts";
import { PickleWriter } from "../pickle/writer.ts";
import { Serialized, wholeFrames } from "./message.ts";
import { writeValue } from "./values.ts";

/** A failure as `task-erred` carries it. */
export interface WrittenFailure {
  readonly exception: Serialized;
  readonly traceback: null;
  readonly exceptionText: string;
  readonly tracebackText: string;
}

/** What is written of an error; its fields are read by the caller, as reading may run code. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

const CLASSES: ReadonlyMap<string, string> = new Map([
  ["TypeError", "TypeError"],
  ["RangeError", "ValueError"],
]);
const OPAQUE = "dispatch_graph";

/**
 * A failure that Python clients raise as TypeError, ValueError (of a RangeError) or RuntimeError, with the
 * text `Name: message`. `opaque` are bytes for `readFailure`.
 */
export function writeFailure(error: ThrownError, opaque?: Uint8Array): WrittenFailure {
  const text = error.message === "" ? error.name : `${error.name}: ${error.message}`;
  const name = CLASSES.get(error.name) ?? "RuntimeError";
  const out = new PickleWriter();
  out.global(new PyGlobal("builtins", name));
  out.text(text);
  out.op(op.TUPLE1);
  out.op(op.REDUCE);
  if (error.stack !== undefined || opaque !== undefined) {
    out.op(op.EMPTY_DICT);
    out.op(op.MARK);
    if (error.stack !== undefined) {
      out.text("__notes__");
      out.op(op.EMPTY_LIST);
      out.text(error.stack);
      out.op(op.APPEND);
    }
    if (opaque !== undefined) {
      out.text(OPAQUE);
      out.bytes(opaque);
    }
    out.op(op.SETITEMS);
    out.op(op.BUILD);
  }
  return {
    exception: writeValue(out.finish())!,
    traceback: null,
    exceptionText: `${name}(${JSON.stringify(text)})`,
    tracebackText: error.stack ?? "",
  };
}

/** A failure that has come. */
export interface ReadFailure {
  /** As given to `writeFailure`. */
  readonly opaque: Uint8Array | undefined;
  /** Python's class: "builtins.ValueError", "distributed.scheduler.KilledWorker". */
  readonly className: string;
  /** What `str(exception)` gives, as far as that can be told. */
  readonly message: string;
  /** As Python prints it; empty if there is none. */
  readonly traceback: string;
  /** The exception's arguments; what only Python has is a `PyObject`. */
  readonly args: readonly unknown[];
  readonly cause: ReadFailure | undefined;
}

/**
 * From `exception` and `traceback` of a task-erred, or of a reply with the status "uncaught-error" or
 * "error". Never throws: what cannot be read is said to be so.
 */
export function readFailure(exception: unknown, traceback: unknown): ReadFailure {
  try {
    const failure = described(unwrapped(exception), 0);
    return failure.traceback === "" ? { ...failure, traceback: tracebackText(traceback) } : failure;
  } catch (error) {
    const message = `an exception that cannot be read: ${(error as Error).message}`;
    return { opaque: undefined, className: "", message, traceback: "", args: [], cause: undefined };
  }
}

/** Values, and pickles in bytes, down to what they hold: nothing more is made of it. */
function unwrapped(value: unknown): unknown {
  let inner = value;
  if (inner instanceof Serialized) {
    const frames = wholeFrames(inner);
    const [first = new Uint8Array(0), ...buffers] = frames;
    const family = inner.header.get("serializer");
    if (family === "error") return frames.map((frame) => Buffer.from(frame).toString()).join("\n");
    inner = family === "pickle" ? unpickle(first, buffers) : first;
  }
  return inner instanceof Uint8Array ? unpickle(inner) : inner;
}

const LONGEST_CHAIN = 20;

function described(exception: unknown, depth: number): ReadFailure {
  const nothing = { opaque: undefined, traceback: "", args: [], cause: undefined };
  if (!(exception instanceof PyObject)) {
    const message = typeof exception === "string" ? exception : "an unknown exception";
    return { ...nothing, className: "", message };
  }
  const { path, args } = exception;
  const isByTblib = path.startsWith("tblib.pickling_support.unpickle_exception");
  const [type, inner, cause, traceback] = isByTblib ? args : [exception.callable, args];
  // Either the arguments, or a dict that has them.
  const own = inner instanceof Map ? inner.get("args") : inner;
  const fields = mapOf(exception.state) ?? (inner instanceof Map ? mapOf(inner.get("__dict__")) : undefined);
  const opaque = fields?.get(OPAQUE);
  const className = classNameOf(type);
  const killed = className.endsWith(".KilledWorker") && Array.isArray(own) ? killedText(own) : undefined;
  const shown = Array.isArray(own) ? own.map(interpret) : [];
  return {
    opaque: opaque instanceof Uint8Array ? opaque : undefined,
    className,
    message: killed ?? textOf(className, shown),
    traceback: traceback instanceof PyObject ? framesText(traceback) : "",
    args: shown,
    cause: cause instanceof PyObject && depth < LONGEST_CHAIN ? described(cause, depth + 1) : undefined,
  };
}

/** cloudpickle makes classes of the main module anew: `_make_skeleton_class(type, name, …)`. */
function classNameOf(type: unknown): string {
  if (type instanceof PyGlobal) return type.path;
  const isMade = type instanceof PyObject && type.path.endsWith("._make_skeleton_class");
  return isMade && typeof type.args[1] === "string" ? `__main__.${type.args[1]}` : "";
}

/** The fields that an object is filled with: a dict, or `(None, slots)`. */
function mapOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  const fields = Array.isArray(value) && value.length === 2 ? value[1] : value;
  return fields instanceof Map ? fields : undefined;
}

function textOf(className: string, args: readonly unknown[]): string {
  const [first] = args;
  if (args.length === 0) return "";
  if (args.length > 1) return `(${args.map(reprOf).join(", ")})`;
  // The argument of a KeyError is a key, not a text.
  return className === "builtins.KeyError" || typeof first !== "string" ? reprOf(first) : first;
}

const LONGEST_REPR = 1000;

function reprOf(value: unknown): string {
  if (typeof value === "string") return `'${value.slice(0, LONGEST_REPR)}'`;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof PyObject) return `${value.path}(…)`;
  if (value instanceof PyGlobal) return value.path;
  return Array.isArray(value) ? "[…]" : "…";
}

/** The text that Python's class makes of its arguments. */
function killedText([task, worker, failures]: readonly unknown[]): string {
  const count = typeof failures === "number" ? failures + 1 : "several";
  const address = worker instanceof PyObject ? mapOf(worker.state)?.get("address") : undefined;
  const last = typeof address === "string" ? `; the last one was ${address}` : "";
  return `the task ${reprOf(task)} was tried on ${count} workers, and all of them died while they ran it${last}`;
}

// ------------------------------------------------------------------ tracebacks

function tracebackText(traceback: unknown): string {
  const inner = unwrapped(traceback);
  if (typeof inner === "string") return inner;
  return inner instanceof PyObject ? framesText(inner) : "";
}

const MOST_FRAMES = 200;

/** `unpickle_traceback(Frame, line, next)`, or a `Traceback` filled with the same. */
function framesText(traceback: PyObject): string {
  const lines: string[] = [];
  let next: unknown = traceback;
  while (next instanceof PyObject && lines.length < MOST_FRAMES) {
    const fields = mapOf(next.state);
    const frame: unknown = fields?.get("tb_frame") ?? next.args[0];
    const line: unknown = fields?.get("tb_lineno") ?? next.args[1];
    const code = frame instanceof PyObject ? mapOf(frame.state)?.get("f_code") : undefined;
    const names = code instanceof PyObject ? mapOf(code.state) : undefined;
    lines.push(`  File "${names?.get("co_filename")}", line ${line}, in ${names?.get("co_name")}`);
    next = fields?.get("tb_next") ?? next.args[2];
  }
  return ["Traceback (most recent call last):", ...lines].join("\n");
}
