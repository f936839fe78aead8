import { AsyncLocalStorage } from "node:async_hooks";

/** What a task can learn of itself while it runs. */
export interface TaskContext {
  /** Aborted when the result is no longer wanted: the run was cancelled or failed, or the task timed out. */
  readonly signal: AbortSignal;
  /** Name of the task, unique among the runs of its executor. */
  readonly key: string;
  /** Label of the task's node. */
  readonly label: string;
  /** Id of the worker that runs it. */
  readonly worker: string;
}

/** Makes the context of a task when it is asked for, which most tasks never do. */
export interface ContextSource {
  contextOf(task: number): TaskContext;
}

// A task's synchronous part is found by two variables, at no cost to tasks that do not ask. Only
// an async function goes on after its first await, when other tasks may have had these variables;
// for those an AsyncLocalStorage is used, which makes every promise dearer once it is.
let source: ContextSource | undefined;
let current = -1;
const storage = new AsyncLocalStorage<
  { readonly source: ContextSource; readonly task: number } | undefined
>();

/** Calls `body`, the call of an async function, as the given task. */
export function asAsyncTask<R>(of: ContextSource, task: number, body: () => R): R {
  return storage.run({ source: of, task }, body);
}

/**
 * The async context of the caller, to be entered again later, without the task that the caller may
 * be part of: what it starts is not its own continuation.
 */
export function callerContext(): <R>(body: () => R) => R {
  if (storage.getStore() === undefined) return AsyncLocalStorage.snapshot();
  return storage.run(undefined, () => AsyncLocalStorage.snapshot());
}

/** Says that the calls up to `leaveTask` are those of the given task. */
export function enterTask(of: ContextSource, task: number): void {
  source = of;
  current = task;
}

export function leaveTask(): void {
  source = undefined;
}

/**
 * The context of the task that is running: anywhere in a synchronous or an `async` function, and
 * up to its first asynchronous step in a plain function that returns a promise. `undefined`
 * outside of tasks, so that a task's function can be called and tested by itself.
 */
export function taskContext(): TaskContext | undefined {
  if (source !== undefined) return source.contextOf(current);
  const stored = storage.getStore();
  return stored?.source.contextOf(stored.task);
}
