import { NdArray } from "../pickle/numpy.ts";
import { PyGlobal } from "../pickle/objects.ts";
import * as op from "../pickle/opcodes.ts";
import { PickleWriter } from "../pickle/writer.ts";

/** What a worker says of the type of a result. There is one object for each type. */
export interface TypeOfValue {
  /** For people. */
  readonly name: string;
  /** A class of Python, which its clients show. */
  readonly pickle: Uint8Array;
}

function typeOf(module: string, name: string, shown = name): TypeOfValue {
  return { name: shown, pickle: pickledClass(module, name) };
}

/** The pickle of a class. */
export function pickledClass(module: string, name: string): Uint8Array {
  const writer = new PickleWriter();
  writer.global(new PyGlobal(module, name));
  return writer.finish();
}

/** NoneType has no name of its own: it is `type(None)`. */
function noneType(): TypeOfValue {
  const writer = new PickleWriter();
  writer.global(new PyGlobal("builtins", "type"));
  writer.none();
  writer.op(op.TUPLE1);
  writer.op(op.REDUCE);
  return { name: "NoneType", pickle: writer.finish() };
}

const NONE = noneType();
const BOOL = typeOf("builtins", "bool");
const INT = typeOf("builtins", "int");
const FLOAT = typeOf("builtins", "float");
const STR = typeOf("builtins", "str");
const BYTES = typeOf("builtins", "bytes");
const LIST = typeOf("builtins", "list");
const DICT = typeOf("builtins", "dict");
const SET = typeOf("builtins", "set");
const OBJECT = typeOf("builtins", "object");
const NDARRAY = typeOf("numpy", "ndarray", "numpy.ndarray");

/** The nearest class of Python; `object` if there is none. */
export function typeOfValue(value: unknown): TypeOfValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? INT : FLOAT;
  if (typeof value === "string") return STR;
  if (typeof value === "boolean") return BOOL;
  if (typeof value === "bigint") return INT;
  if (value === null || value === undefined) return NONE;
  if (typeof value !== "object") return OBJECT;
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return BYTES;
  if (ArrayBuffer.isView(value) || value instanceof NdArray) return NDARRAY;
  if (Array.isArray(value)) return LIST;
  if (value instanceof Map) return DICT;
  if (value instanceof Set) return SET;
  return Object.getPrototypeOf(value) === Object.prototype ? DICT : OBJECT;
}
