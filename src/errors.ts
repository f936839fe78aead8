/**
 * Every error the library raises itself. Each class has a stable `code`.
 *
 * ```text
 * Error
 * └─ DispatcherError         ERR_DISPATCHER      base; never thrown as such
 *    ├─ DependencyError      ERR_DEPENDENCY      a task failed; `cause` is the user's own error
 *    ├─ ExecutorError        ERR_EXECUTOR        the graph or the request cannot be run
 *    ├─ ReleasedError        ERR_RELEASED        the result existed and was given back
 *    ├─ ClosureError         ERR_CLOSURE         a function, or a value, cannot go to another thread
 *    ├─ TimeoutError         ERR_TIMEOUT         a run or a task took longer than its limit
 *    ├─ WorkerLostError      ERR_WORKER_LOST     too many workers were lost while they ran a task
 *    ├─ WorkerStartError     ERR_WORKER_START    a worker cannot be started
 *    ├─ ValueFileError       ERR_VALUE_FILE      a value cannot be written to a file, or read from it
 *    ├─ ThrownValueError     ERR_THROWN_VALUE    a task threw something that is not an Error
 *    ├─ CommError            ERR_COMM            a connection within a dask cluster failed
 *    ├─ RemoteError          ERR_REMOTE          Python code failed: a task, or a request to a scheduler or worker
 *    ├─ SchedulerUnreachableError                ERR_SCHEDULER_UNREACHABLE   no scheduler answers at the address
 *    ├─ SchedulerLostError   ERR_SCHEDULER_LOST  the scheduler is gone, or does not answer any more
 *    ├─ NoWorkerError        ERR_NO_WORKER       no worker was there for too long
 *    ├─ CancelledError       ERR_CANCELLED       the result was cancelled, or lost for good
 *    ├─ DaskProtocolError    ERR_DASK_PROTOCOL   what came from a dask cluster is not what its protocol says
 *    ├─ DaskVersionError     ERR_DASK_VERSION    the scheduler is too old
 *    └─ LocalClusterError    ERR_LOCAL_CLUSTER   a cluster on this machine cannot be started
 * ```
 *
 * Mistakes in how a function of the library is called (a node that is not a node, an unknown
 * option) are plain `TypeError`s and `RangeError`s, thrown at once.
 */

import { types } from "node:util";
import { messageOf, shown } from "./shown.ts";

/** Base of all errors of the library. */
export class DispatcherError extends Error {
  /** Stable identifier of the kind of error. */
  readonly code: string = "ERR_DISPATCHER";

  override get name(): string {
    return this.constructor.name;
  }
}

/** The graph, the inputs or the executor cannot do what was asked; nothing was run, or nothing more will be. */
export class ExecutorError extends DispatcherError {
  override readonly code = "ERR_EXECUTOR";
}

/** The result was there and has been released; the message says how to keep it. */
export class ReleasedError extends DispatcherError {
  override readonly code = "ERR_RELEASED";
}

const WAY_OUT =
  "create it inside the function, `await import()` the module that owns it, or pass it as an argument";

/**
 * A function or a value cannot be taken to where it is needed. The message is the chain of names
 * that leads from the function to what is in the way, and a way out.
 */
export class ClosureError extends DispatcherError {
  override readonly code = "ERR_CLOSURE";
  /** The function, and the steps from it to the value in question. */
  readonly path: readonly string[];
  /** What is in the way. */
  readonly reason: string;

  /** @internal */
  constructor(label: string, steps: readonly string[], reason: string, advice: string = WAY_OUT) {
    const lines = [label, ...steps, reason].map((line, depth) => "  ".repeat(depth) + line);
    super(`${lines.join("\n")}\n${advice}`);
    this.path = [label, ...steps];
    this.reason = reason;
  }
}

/** A run or a task exceeded its `timeout`. */
export class TimeoutError extends DispatcherError {
  override readonly code = "ERR_TIMEOUT";
  /** The limit, in milliseconds. */
  readonly milliseconds: number;

  constructor(what: string, milliseconds: number) {
    super(`${what} took longer than its timeout of ${milliseconds} ms`);
    this.milliseconds = milliseconds;
  }
}

/** A task was given up, because workers were lost again and again while they ran it. */
export class WorkerLostError extends DispatcherError {
  override readonly code = "ERR_WORKER_LOST";
}

/** A file with a value in it cannot be written, or read; `cause` is what the system says, or what is wrong with it. */
export class ValueFileError extends DispatcherError {
  override readonly code = "ERR_VALUE_FILE";
  /** The file, or the directory, as it was named. */
  readonly path: string;

  /** @internal */
  constructor(path: string, problem: string, cause: unknown) {
    super(`${path} ${problem}: ${messageOf(asError(cause))}`, { cause });
    this.path = path;
  }
}

/** Stands for a thrown or rejected value that is not an `Error`: a string, `undefined`, `null` … */
export class ThrownValueError extends DispatcherError {
  override readonly code = "ERR_THROWN_VALUE";
  /** What was thrown. */
  readonly value: unknown;

  constructor(value: unknown) {
    super(`a value that is not an Error was thrown: ${shown(value)}`);
    this.value = value;
  }
}

/** What came from a scheduler, a worker or a client of a dask cluster is not what its protocol says. The connection is of no use any more. */
export class DaskProtocolError extends DispatcherError {
  override readonly code = "ERR_DASK_PROTOCOL";
}

/** The release of a dask scheduler is not supported; the message says which are. */
export class DaskVersionError extends DispatcherError {
  override readonly code = "ERR_DASK_VERSION";
}

/** A connection within a dask cluster failed, or could not be made; the message says at what it was. */
export class CommError extends DispatcherError {
  override readonly code = "ERR_COMM";
  /** The other end, as `tcp://host:port`. */
  readonly address: string;

  /** @internal */
  constructor(address: string, problem: string, cause?: unknown) {
    super(problem, cause === undefined ? {} : { cause });
    this.address = address;
  }
}

/** Python code failed: a task, or a request that a scheduler or worker was asked for. */
export class RemoteError extends DispatcherError {
  override readonly code = "ERR_REMOTE";
  /** Python's class with its module, e.g. `builtins.ValueError`. */
  readonly className: string;
  /** As Python prints it; empty if there is none. */
  readonly traceback: string;

  /** @internal */
  constructor(message: string, className: string, traceback: string) {
    super(message);
    this.className = className;
    this.traceback = traceback;
  }
}

/** No dask scheduler answers at the address; the message says what was waited for. */
export class SchedulerUnreachableError extends DispatcherError {
  override readonly code = "ERR_SCHEDULER_UNREACHABLE";
}

/** The dask scheduler is gone, or does not answer any more: what it had is lost for this client. */
export class SchedulerLostError extends DispatcherError {
  override readonly code = "ERR_SCHEDULER_LOST";
}

/** For too long there was no worker that could have computed a result. */
export class NoWorkerError extends DispatcherError {
  override readonly code = "ERR_NO_WORKER";
}

/** There will be no result: it was cancelled, or its data were lost and cannot be computed again. */
export class CancelledError extends DispatcherError {
  override readonly code = "ERR_CANCELLED";
}

/** A failed task: a link of the chain from the task whose function failed to a task that needed it. */
export interface Failure {
  readonly label: string;
  readonly id: number;
  /** What the first task's function threw. */
  readonly cause: Error;
  /** The dependency through which this task failed; `undefined` at the task whose own function failed. */
  readonly via: Failure | undefined;
  /** The task whose own function failed. */
  readonly root: Failure;
  /** How many links lie between this task and the first. */
  readonly depth: number;
}

/** @internal */
export function failureOf(label: string, id: number, origin: Error | Failure): Failure {
  if (!isErrorLike(origin)) {
    return { label, id, cause: origin.cause, via: origin, root: origin.root, depth: origin.depth + 1 };
  }
  const failure = { label, id, cause: origin, via: undefined, depth: 0 };
  return Object.assign(failure, { root: failure as unknown as Failure });
}

const SHOWN_PATH = 8;

/**
 * A task failed, and with it everything that depends on it. `cause` is the error the task's own
 * function threw, `label` and `id` name that task, `path` leads from it to the requested output.
 */
export class DependencyError extends DispatcherError {
  override readonly code = "ERR_DEPENDENCY";
  /** Label of the task whose function failed. */
  readonly label: string;
  /** Id of that task's node in the graph of the run (1 = first output). */
  readonly id: number;
  override readonly cause: Error;
  readonly #end: Failure;
  #path: readonly string[] | undefined;

  /** @internal */
  constructor(end: Failure) {
    super(describe(end), { cause: end.cause });
    this.cause = end.cause;
    this.label = end.root.label;
    this.id = end.root.id;
    this.#end = end;
  }

  /** Labels from the failing node to the node whose result was asked for, both included. */
  get path(): readonly string[] {
    if (this.#path === undefined) {
      const path: string[] = [];
      for (let link: Failure | undefined = this.#end; link !== undefined; link = link.via)
        path.push(link.label);
      this.#path = path.reverse();
    }
    return this.#path;
  }
}

function describe(end: Failure): string {
  const { root, cause } = end;
  const failed = `"${root.label}" (node ${root.id}) failed: ${messageOf(cause)}`;
  if (end.via === undefined) return failed;
  // Of a long path the end is shown; `path` has all of it.
  const shown: string[] = [];
  for (let link: Failure = end; link.via !== undefined && shown.length < SHOWN_PATH; link = link.via) {
    shown.push(link.label);
  }
  if (end.depth > SHOWN_PATH) shown.push(`… ${end.depth - SHOWN_PATH} more`);
  return `${failed} (needed by ${shown.reverse().join(" → ")})`;
}

/** The thrown value itself when it is an `Error`, else a `ThrownValueError` around it. */
export function asError(thrown: unknown): Error {
  return isErrorLike(thrown) ? thrown : new ThrownValueError(thrown);
}

/** Errors of another realm (a `vm` context) fail `instanceof`, and are errors all the same. */
function isErrorLike(value: unknown): value is Error {
  if (types.isNativeError(value)) return true;
  try {
    return value instanceof Error;
  } catch {
    // A revoked proxy, for instance.
    return false;
  }
}
