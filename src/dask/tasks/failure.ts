import type { Library } from "../../closure/library.ts";
import { DaskProtocolError } from "../../errors.ts";
import { decodeError, encodeError } from "../../serialize/error.ts";
import { acceptCode, codeOf, skipCode } from "./code.ts";
import { FieldReader, FieldWriter } from "./fields.ts";

/*
 * The bytes of a failure, as a client finds them beside the exception that Python code sees:
 * MAGIC, FORMAT, the fields of the task, the code that the error needs, and the encoded error.
 */

const MAGIC = 0x46;
/** Another one for every change of this, or of what `encodeError` gives. */
const FORMAT = 1;

/** Which task failed, where. */
export interface FailedTask {
  readonly key: string;
  readonly label: string;
  /** Number of its node in the graph. */
  readonly node: number;
  /** Name of the worker. */
  readonly worker: string;
  /** Unique id of the failed attempt. */
  readonly attempt: string;
}

export interface TaskFailure extends FailedTask {
  /** What was thrown, as `decodeError` gives it. */
  readonly error: unknown;
}

/** Whatever a task has thrown, for TypeScript readers. */
export function failureBytes(thrown: unknown, task: FailedTask, library: Library): Uint8Array {
  const { data, uses } = encodeError(thrown, library);
  const fields = new FieldWriter(1024);
  fields.byte(MAGIC);
  fields.byte(FORMAT);
  for (const text of [task.key, task.label, task.worker, task.attempt]) fields.text(text);
  fields.count(task.node);
  fields.raw(codeOf(uses, library));
  fields.data(data);
  return fields.taken();
}

/**
 * To be called, and waited for, before `readFailure`.
 * @returns a promise if modules have to be imported for the error; see `Library.accept`
 * @throws DaskProtocolError as `readFailure`
 */
export function prepareFailure(bytes: Uint8Array, library: Library): Promise<void> | undefined {
  return acceptCode(opened(bytes).fields, library);
}

/** @throws DaskProtocolError if these are no such bytes, or of another version of their format */
export function readFailure(bytes: Uint8Array, library: Library): TaskFailure {
  const { task, fields } = opened(bytes);
  skipCode(fields);
  const data = fields.data();
  try {
    return { ...task, error: decodeError(data, library) };
  } catch (cause) {
    throw new DaskProtocolError("the error in the bytes of a failure cannot be read", { cause });
  }
}

function opened(bytes: Uint8Array): { readonly task: FailedTask; readonly fields: FieldReader } {
  const fields = new FieldReader(bytes);
  if (fields.byte() !== MAGIC) throw new DaskProtocolError("these are not the bytes of a failure");
  const format = fields.byte();
  if (format !== FORMAT) {
    throw new DaskProtocolError(
      `a failure has format ${format}, and this version of the library reads format ${FORMAT}: use the same version everywhere`,
    );
  }
  const [key, label, worker, attempt] = [fields.text(), fields.text(), fields.text(), fields.text()];
  return { task: { key, label, worker, attempt, node: fields.count() }, fields };
}
