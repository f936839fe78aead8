import type {
  HostEvent,
  Instruction,
  SchedulerEvent,
  ValueInfo,
  WorkerStateOptions,
} from "../../src/dask/worker-state/messages.ts";
import { WorkerState } from "../../src/dask/worker-state/state.ts";

export const OWN = "tcp://h0:0";
export const A = "tcp://h1:1";
export const B = "tcp://h2:2";

/** A value of that many bytes. */
export function info(nbytes = 1): ValueInfo {
  return { nbytes, type: new Uint8Array([128]), typename: "int" };
}

export function values(...keys: string[]): Map<string, ValueInfo> {
  return new Map(keys.map((key) => [key, info()]));
}

interface Computation {
  readonly runId?: number;
  readonly priority?: readonly number[];
  readonly resources?: Readonly<Record<string, number>>;
  readonly nbytes?: number;
  readonly spec?: string;
}

/** A worker whose invariants are checked after each event, and that answers in lines of text. */
export class TestWorker {
  readonly state: WorkerState<string>;
  #stimuli = 0;

  constructor(options: Partial<WorkerStateOptions> = {}) {
    this.state = new WorkerState({ address: OWN, slots: 1, validate: true, ...options });
  }

  tell(event: SchedulerEvent<string> | HostEvent, stimulusId = `s${this.#stimuli++}`): string[] {
    return this.instructions(event, stimulusId).map(shown);
  }

  instructions(event: SchedulerEvent<string> | HostEvent, stimulusId = "s"): readonly Instruction<string>[] {
    return this.state.handle({ ...event, stimulusId });
  }

  compute(
    key: string,
    inputs: Readonly<Record<string, readonly string[]>> = {},
    computation: Computation = {},
  ): string[] {
    const { runId = 1, priority = [0], resources = {}, nbytes = 1, spec = key } = computation;
    return this.tell({
      op: "compute-task",
      key,
      runId,
      priority,
      spec,
      whoHas: new Map(Object.entries(inputs)),
      nbytes: new Map(Object.keys(inputs).map((input) => [input, nbytes])),
      resources: new Map(Object.entries(resources)),
    });
  }

  free(...keys: string[]): string[] {
    return this.tell({ op: "free-keys", keys });
  }

  acquire(key: string, peers: readonly string[], nbytes = 1): string[] {
    return this.tell({
      op: "acquire-replicas",
      whoHas: new Map([[key, peers]]),
      nbytes: new Map([[key, nbytes]]),
    });
  }

  refresh(key: string, peers: readonly string[]): string[] {
    return this.tell({ op: "refresh-who-has", whoHas: new Map([[key, peers]]) });
  }

  finish(key: string): string[] {
    return this.tell({ op: "execution-finished", key, value: info(), startstops: [], thread: 7 });
  }

  fail(key: string): string[] {
    const failure = { exception: "e", traceback: null, exception_text: "E", traceback_text: "T" };
    return this.tell({ op: "execution-failed", key, failure, startstops: [], thread: 7 });
  }

  lose(key: string): string[] {
    return this.tell({ op: "execution-lost", key });
  }

  reschedule(key: string): string[] {
    return this.tell({ op: "execution-rescheduled", key });
  }

  secede(key: string): string[] {
    return this.tell({ op: "execution-long-running", key, computeDuration: 2 });
  }

  receive(peer: string, ...keys: string[]): string[] {
    return this.tell({ op: "gather-received", peer, values: values(...keys) });
  }

  /** The state of a key with what is under way, as `cancelled(executing)`. */
  shown(key: string): string | undefined {
    const task = this.state.tasks.byKey.get(key);
    if (task === undefined) return undefined;
    return task.previous === undefined ? task.state : `${task.state}(${task.previous})`;
  }
}

/** An instruction in a line. */
function shown(instruction: Instruction<string>): string {
  switch (instruction.op) {
    case "execute":
      return `execute ${instruction.key} run ${instruction.runId} on [${instruction.inputs}]`;
    case "stop":
    case "drop":
      return `${instruction.op} ${instruction.key}`;
    case "gather":
      return `gather [${instruction.keys}] from ${instruction.peer}`;
    case "retry-busy-later":
      return `retry ${instruction.peer} later`;
    case "send": {
      const { message } = instruction;
      const what = "keys" in message ? `[${message.keys}]` : message.key;
      if ("run_id" in message) return `${message.op} ${what} run ${message.run_id}`;
      return "state" in message ? `${message.op} ${what} ${message.state}` : `${message.op} ${what}`;
    }
  }
}
