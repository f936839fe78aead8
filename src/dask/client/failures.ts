import type { Library } from "../../closure/library.ts";
import { asError, RemoteError, WorkerLostError } from "../../errors.ts";
import { type ReadFailure, readFailure as readException } from "../protocol/exceptions.ts";
import type { KeyId } from "../protocol/key.ts";
import { prepareFailure, readFailure } from "../tasks/failure.ts";
import type { ErredKey } from "./key-listener.ts";

/** Why a key has failed. */
export interface ClusterFailure {
  /** Unique for the failed attempt: several keys may have failed through it. */
  readonly attempt: string;
  /** The task that has failed itself, if that is known. */
  readonly key: KeyId | undefined;
  readonly worker: string | undefined;
  readonly error: Error;
  /** False if another attempt makes no sense, whatever the user's predicates say. */
  readonly canBeRetried: boolean;
}

/**
 * What a key has failed of, with the user's own error if a TypeScript task threw it.
 * @param labelOf label of a task by its key
 * @returns a promise if modules have to be imported for the error first
 */
export function clusterFailure(
  { exception, traceback }: ErredKey,
  key: KeyId,
  library: Library,
  labelOf: (key: KeyId) => string | undefined,
): ClusterFailure | Promise<ClusterFailure> {
  return failureOf(readException(exception, traceback), key, library, labelOf);
}

/** The same for an exception that has been read already. */
export function failureOf(
  read: ReadFailure,
  key: KeyId,
  library: Library,
  labelOf: (key: KeyId) => string | undefined,
): ClusterFailure | Promise<ClusterFailure> {
  const { opaque } = read;
  if (opaque === undefined) return ofPython(read, key, labelOf);
  const decoded = (): ClusterFailure => {
    const { attempt, key: failed, worker, error } = readFailure(opaque, library);
    return { attempt, key: failed, worker, error: asError(error), canBeRetried: true };
  };
  const preparing = prepareFailure(opaque, library);
  return preparing === undefined ? decoded() : preparing.then(decoded);
}

function ofPython(
  { className, message, traceback, args }: ReadFailure,
  key: KeyId,
  labelOf: (key: KeyId) => string | undefined,
): ClusterFailure {
  if (/\bKilledWorker$/.test(className)) {
    const killed = typeof args[0] === "string" ? args[0] : key;
    const error = new WorkerLostError(
      `"${labelOf(killed) ?? killed}" was given up, because each worker that ran it was lost`,
    );
    return { attempt: `killed ${killed}`, key: killed, worker: undefined, error, canBeRetried: false };
  }
  const error = new RemoteError(
    `${labelOf(key) ?? key} failed: ${className}: ${message}`,
    className,
    traceback,
  );
  return {
    attempt: `${key} ${className} ${message}`,
    key: undefined,
    worker: undefined,
    error,
    canBeRetried: false,
  };
}
