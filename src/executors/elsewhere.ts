import type { Description } from "../describe.ts";

/**
 * Stands, in the place of their values, for those results of a run that workers hold. One object
 * per run, which is told the task.
 */
export interface Elsewhere {
  readonly [ELSEWHERE]: true;
  /** The value, brought here. */
  fetch(task: number): Promise<unknown>;
  /** Its size in bytes, as the worker estimated it. */
  bytesOf(task: number): number;
  /** What the worker said of it. */
  describe(task: number): Description;
  /** Nobody needs the value any more. */
  release(task: number): void;
}

/** Marks objects that stand for values, so that a user's value is never taken for one. */
export const ELSEWHERE: unique symbol = Symbol("elsewhere");

export function isElsewhere(value: unknown): value is Elsewhere {
  return typeof value === "object" && value !== null && ELSEWHERE in value;
}
