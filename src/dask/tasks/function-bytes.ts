import { libraryVersion } from "../../cache/library-version.ts";
import type { Library } from "../../closure/library.ts";
import { ExecutorError } from "../../errors.ts";
import { LIBRARY_FUNCTIONS } from "../../structure.ts";
import type { AnyFunction } from "../../task.ts";
import { acceptCode, codeOf } from "./code.ts";
import { FieldReader, FieldWriter } from "./fields.ts";

/*
 * Function bytes:
 *
 * MAGIC, the version of the format of tasks, the version of the library (text), the kind, then of
 * OWN      the name of one of the library's own functions
 * DEFINED  the id of a definition, and the code
 * NONE     nothing: the arguments are the result
 */

const MAGIC = Uint8Array.of(0x44, 0x47, 0x54, 0x0a);
/** Another one for every change of function bytes, argument bytes, or anything in them. */
const FORMAT = 1;

const NONE = 0;
const OWN = 1;
const DEFINED = 2;

/** Of a task that is data. */
export function dataBytes(): Uint8Array {
  return started(NONE).taken();
}

/** Of one of the library's own functions. */
export function ownFunctionBytes(name: string): Uint8Array {
  const fields = started(OWN);
  fields.text(name);
  return fields.taken();
}

/** Of a function that has been captured. */
export function functionBytes(id: string, library: Library): Uint8Array {
  const fields = started(DEFINED);
  fields.text(id);
  fields.raw(codeOf([id], library));
  return fields.taken();
}

function started(kind: number): FieldWriter {
  const fields = new FieldWriter();
  fields.raw(MAGIC);
  fields.byte(FORMAT);
  fields.text(libraryVersion());
  fields.byte(kind);
  return fields;
}

/**
 * What tells functions apart: the same text for the same function, whoever wrote the bytes.
 * @throws ExecutorError if these are no function bytes, or those of another version of the library
 */
export function functionName(bytes: Uint8Array): string {
  const fields = new FieldReader(bytes);
  const kind = kindIn(fields);
  return kind === NONE ? "" : `${kind}${fields.text()}`;
}

/** A function, once the code that it needs is there. */
export interface OpenFunction {
  /** See `Library.accept`. */
  readonly ready: Promise<void> | undefined;
  /** Not to be called before; `undefined` if the arguments are the result. @throws ClosureError */
  fn(): AnyFunction | undefined;
}

/** @throws ExecutorError as `functionName`, DaskProtocolError */
export function openFunction(bytes: Uint8Array, library: Library): OpenFunction {
  const fields = new FieldReader(bytes);
  const kind = kindIn(fields);
  if (kind === NONE) return { ready: undefined, fn: () => undefined };
  const name = fields.text();
  if (kind === DEFINED) {
    return { ready: acceptCode(fields, library), fn: () => library.functionOf(name) };
  }
  const own = LIBRARY_FUNCTIONS.get(name);
  if (own === undefined) throw new ExecutorError(`the library has no function "${name}" for tasks`);
  return { ready: undefined, fn: () => own };
}

function kindIn(fields: FieldReader): number {
  for (const byte of MAGIC)
    if (fields.byte() !== byte) throw new ExecutorError("these are not the bytes of a task");
  const format = fields.byte();
  const version = fields.bytes();
  if (format !== FORMAT) {
    throw new ExecutorError(
      `the task was made by ${Buffer.from(version).toString()}, whose tasks have format ${format}; this worker is ${libraryVersion()} and runs those of format ${FORMAT}: use the same version everywhere`,
    );
  }
  const kind = fields.byte();
  if (kind > DEFINED) throw new ExecutorError(`there is no task of kind ${kind}`);
  return kind;
}
