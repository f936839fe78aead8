/** Figures of an executor at one moment. */
export interface ExecutorStats {
  /** Estimated bytes of results that it holds: of running runs and kept ones. */
  readonly bytesHeld: number;
  /** Bytes of the files of values that workers have on disk, where memory is not enough for them. */
  readonly bytesSpilled: number;
  /** Bytes that workers have written into such files, and read from them, since the executor began. */
  readonly bytesWritten: number;
  readonly bytesReadBack: number;
  /** Bytes that went from worker to worker. */
  readonly bytesTransferred: number;
  /** Bytes of intermediate results that passed through the controlling process. */
  readonly bytesThroughController: number;
  /** Runs that have not ended. */
  readonly runs: number;
}

/** One worker as its executor sees it. */
export interface WorkerInfo {
  readonly id: string;
  readonly pid: number;
  /** Of a worker that is a thread of its own. */
  readonly threadId?: number | undefined;
  /** Where other workers reach it, if they need an address. */
  readonly address?: string | undefined;
  /** How many tasks it runs at present. */
  readonly running: number;
  /** Milliseconds that its tasks took in all; with several at once, of each. */
  readonly busy?: number;
  /** Bytes of all results that it holds, in memory and on disk. */
  readonly bytesHeld: number;
  /** Bytes of its files on disk. */
  readonly bytesSpilled: number;
}
