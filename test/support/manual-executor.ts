import { Executor, type NodeOptions, type Run, type WorkerInfo } from "dispatch-graph";

/** Does nothing by itself: tests drive its runs, as an executor would. */
export class ManualExecutor extends Executor {
  readonly runs: Run[] = [];
  readonly forgotten: Run[] = [];
  refused: readonly (keyof NodeOptions)[] = [];

  override get workers(): readonly WorkerInfo[] {
    return [];
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return this.refused;
  }

  protected override execute(run: Run): void {
    this.runs.push(run);
  }

  protected override forget(run: Run): void {
    this.forgotten.push(run);
  }
}
