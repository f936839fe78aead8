import type { Run, RunOptions } from "dispatch-graph";
import { Library } from "../../src/closure/library.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { SchedulerState } from "../../src/core/scheduler/state.ts";
import { addOrder } from "../../src/executors/parallel/dispatch.ts";
import type { Sent } from "../../src/executors/parallel/link.ts";
import { WorkerLink } from "../../src/executors/parallel/link.ts";
import { type Cargo, Shipping } from "../../src/executors/parallel/shipping.ts";
import type { Placed } from "../../src/executors/run-table.ts";
import type { WorkerClaims } from "../../src/spawn/spawn.ts";
import { workerHere } from "./channel.ts";
import { ManualExecutor } from "./manual-executor.ts";

/** The controller of one worker in this thread: it sends what it is told to. */
export class Controller {
  readonly library = new Library("controller");
  readonly core = new SchedulerState();
  readonly shipping: Shipping;
  readonly link: WorkerLink;
  /** The worker's side. */
  readonly comm: Comm;
  readonly claims: WorkerClaims;
  run!: Run;
  placed!: Placed;
  cargo!: Cargo;

  constructor(concurrency = 1) {
    const { library } = this;
    this.shipping = new Shipping(library);
    const { worker, comm, claims } = workerHere("worker-1.0");
    const index = this.core.addWorker(100, 0, true);
    this.link = new WorkerLink(index, 0, "worker-1", worker, concurrency, library);
    this.comm = comm;
    this.claims = claims;
  }

  /** Takes up a run of these nodes. */
  async takeUp(nodes: Parameters<ManualExecutor["run"]>[0], options?: RunOptions): Promise<this> {
    const executor = new ManualExecutor();
    executor.run(nodes, options).catch(() => {});
    while (executor.runs.length === 0) await null;
    this.run = executor.runs[0]!;
    this.cargo = this.shipping.load(this.run.graph);
    const base = this.core.updateGraph(this.run.graph, this.run.wantedTasks, this.run.runAll);
    this.placed = { run: this.run, base, end: base + this.run.graph.size };
    return this;
  }

  /** Adds the worker's next task to what it is sent. */
  order(): Sent {
    const { core, link, placed, cargo, shipping } = this;
    const task = core.nextTask(link.index);
    const sent: Sent = {
      task,
      attempt: core.attemptOf(task),
      ticket: link.worker.claims.offer(),
      placed,
      isTaking: false,
      bytes: 0,
      isCancelled: false,
      failure: undefined,
      limit: undefined,
      patience: undefined,
    };
    const peerOf = (index: number) => ({ index, id: `worker-1.${index}`, address: undefined });
    const here = { index: -1, isEmpty: true, get: () => undefined };
    addOrder({ core, shipping, here, onPut: () => {}, peerOf }, link, sent, cargo);
    return sent;
  }
}
