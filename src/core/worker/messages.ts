/**
 * What the scheduler asks of a worker, and what the worker core tells its host to do. Values are
 * named by the attempt that made them; workers, by the index that the scheduler gave them.
 */

/** A value that an order needs. */
export interface Input {
  readonly task: number;
  readonly attempt: number;
  /** True if nobody else will need the value: it may be taken from its holder, and dropped after use. */
  readonly last: boolean;
  /** Who has the value; nobody if this worker is to make it first. */
  readonly holders: readonly number[];
}

/** An attempt at a task that this worker is to make. */
export interface Order {
  readonly task: number;
  readonly attempt: number;
  readonly inputs: readonly Input[];
}

/** What the host of a worker is to do. */
export type WorkerInstruction<O extends Order> =
  /** Ask a worker for a value; `received` or `notFound` is to follow. With `take` the holder gives it up. */
  | {
      readonly op: "gather";
      readonly holder: number;
      readonly task: number;
      readonly attempt: number;
      readonly take: boolean;
    }
  /** Drop a value. */
  | { readonly op: "free-key"; readonly attempt: number }
  /** The task is running, and its result is not wanted any more. */
  | { readonly op: "abort"; readonly order: O }
  /** Report: the attempt ended without a value or an error. */
  | { readonly op: "task-released"; readonly order: O }
  /** Report: the attempt could not begin, because `holder` did not have an input. */
  | { readonly op: "missing-data"; readonly order: O; readonly input: Input; readonly holder: number }
  /** Report: a copy of this value is here now; `from` has it no more, if given. */
  | {
      readonly op: "add-keys";
      readonly task: number;
      readonly attempt: number;
      readonly from: number | undefined;
    };
