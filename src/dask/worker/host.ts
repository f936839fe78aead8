import type { KeyId } from "../protocol/key.ts";
import type { ComputeTask, WorkerMessage } from "../protocol/messages.ts";
import type { WorkerReport } from "../protocol/worker-reports.ts";
import type {
  HostEvent,
  Instruction,
  SchedulerEvent,
  ValueInfo,
  WorkerEvent,
} from "../worker-state/messages.ts";
import type { WorkerState } from "../worker-state/state.ts";
import type { Cells } from "./cells.ts";
import type { Executions, Spec } from "./executions.ts";
import type { Peers } from "./peers.ts";
import { reportOf } from "./report-of.ts";
import { infoOf } from "./value-info.ts";

/** What dask waits before it asks a busy peer again, in milliseconds. */
const BUSY = 150;
/** How often the scheduler is asked where missing keys are, in milliseconds. */
const FIND_MISSING = 1000;

export interface HostParts {
  /** This worker's, as the scheduler knows it. */
  readonly address: string;
  readonly state: WorkerState<Spec>;
  readonly cells: Cells;
  readonly peers: Pick<Peers, "ask" | "gone">;
  readonly executions: Pick<Executions, "execute" | "stop">;
  /** Tells threads which values they need not keep. */
  readonly free: (keys: readonly KeyId[]) => void;
  readonly send: (report: WorkerReport) => void;
  /** A mistake of ours: the state is not to be trusted any more. */
  readonly onFailure: (error: Error) => void;
}

/** What the scheduler's stream carries that is about keys. */
export type KeyMessage = Exclude<
  WorkerMessage,
  { op: "worker-status-change" | "close" | "close-stream" | "unknown" }
>;

/** Joins the state machine to everything that has effects: events go in one by one, and what they lead to is done. */
export class Host {
  readonly #parts: HostParts;
  readonly #timer: NodeJS.Timeout;
  /** What happens while instructions are obeyed waits its turn. */
  readonly #events: WorkerEvent<Spec>[] = [];
  #isBusy = false;
  #isClosed = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      if (parts.state.wantsFindMissing) this.tell({ op: "find-missing" });
    }, FIND_MISSING).unref();
  }

  /** Something has happened here. */
  tell(event: HostEvent, stimulusId: string = `${event.op}-${Date.now() / 1000}`): void {
    this.#handle({ ...event, stimulusId });
  }

  /** The scheduler has said something. */
  hear(message: KeyMessage): void {
    if (message.op === "remove-worker") this.#parts.peers.gone(message.worker);
    this.#handle(message.op === "compute-task" ? computeOf(message) : message);
  }

  /** Ends what is under way, as far as this can do it, and hears no more. */
  close(): void {
    if (this.#isClosed) return;
    clearInterval(this.#timer);
    this.tell({ op: "shutdown" });
    this.#isClosed = true;
  }

  #handle(event: WorkerEvent<Spec>): void {
    if (this.#isClosed) return;
    this.#events.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const instruction of this.#parts.state.handle(next)) this.#obey(instruction);
      }
    } catch (error) {
      this.#isClosed = true;
      clearInterval(this.#timer);
      this.#parts.onFailure(error as Error);
    } finally {
      this.#isBusy = false;
    }
  }

  #obey(instruction: Instruction<Spec>): void {
    const { cells, executions, send } = this.#parts;
    switch (instruction.op) {
      case "execute":
        executions.execute(instruction);
        break;
      case "stop":
        executions.stop(instruction.key);
        break;
      case "gather":
        void this.#gather(instruction.peer, instruction.keys);
        break;
      case "retry-busy-later":
        setTimeout(() => this.tell({ op: "retry-busy-peer", peer: instruction.peer }), BUSY).unref();
        break;
      case "drop":
        cells.delete(instruction.key);
        this.#parts.free([instruction.key]);
        break;
      case "send":
        send(reportOf(instruction.message));
        break;
    }
  }

  async #gather(peer: string, keys: readonly KeyId[]): Promise<void> {
    const { peers, cells, address } = this.#parts;
    const answer = await peers.ask(peer, keys, address);
    if (this.#isClosed) return;
    if (answer === "busy") return this.tell({ op: "gather-busy", peer });
    if (answer === "unreachable") return this.tell({ op: "gather-failed", peer });
    const values = new Map<KeyId, ValueInfo>();
    for (const key of keys) {
      const value = answer.get(key);
      if (value === undefined) continue;
      cells.put(key, value);
      values.set(key, infoOf(value));
    }
    this.tell({ op: "gather-received", peer, values });
  }
}

function computeOf(message: ComputeTask): SchedulerEvent<Spec> & { readonly stimulusId: string } {
  const { op, key, runId, priority, whoHas, nbytes, stimulusId, resourceRestrictions: resources } = message;
  const spec = message.actor ? "actor" : message.runSpec;
  return { op, key, runId, priority, whoHas, nbytes, spec, resources, stimulusId };
}
