import { fieldsOf } from "../protocol/messages.ts";

/** A worker as the scheduler knows it. */
export interface WorkerInfo {
  /** `tcp://host:port`. */
  readonly address: string;
  /** As the worker calls itself. */
  readonly name: string | number;
  readonly threads: number;
  /** In bytes; 0 = no limit. */
  readonly memoryLimit: number;
  /** `running`, `paused`, `closing_gracefully` … */
  readonly status: string;
  readonly resources: ReadonlyMap<string, number>;
  /** What it has told with its latest heartbeat. */
  readonly metrics: ReadonlyMap<string, unknown>;
}

/** A scheduler and its workers. */
export interface SchedulerInfo {
  readonly id: string;
  readonly address: string;
  /** Of the Python package `distributed`. */
  readonly release: string;
  /** Ports by name, e.g. `dashboard`. */
  readonly services: ReadonlyMap<string, number>;
  /** Seconds since 1970. */
  readonly started: number;
  readonly workers: readonly WorkerInfo[];
}

/** Reads the reply to `identity`. */
export function readIdentity(reply: unknown, release: string): SchedulerInfo {
  const fields = fieldsOf("the reply to identity", reply);
  return {
    id: fields.string("id"),
    address: fields.string("address"),
    release,
    services: fields.map("services") as ReadonlyMap<string, number>,
    started: fields.number("started"),
    workers: [...fields.map("workers")].map(([address, info]) => readWorker(String(address), info)),
  };
}

function readWorker(address: string, info: unknown): WorkerInfo {
  const fields = fieldsOf(`the worker ${address} in the reply to identity`, info);
  const name = fields.get("name");
  return {
    address,
    name: typeof name === "number" ? name : String(name),
    threads: fields.number("nthreads"),
    memoryLimit: Number(fields.get("memory_limit") ?? 0),
    status: fields.string("status"),
    resources: fields.map("resources") as ReadonlyMap<string, number>,
    metrics: fields.map("metrics") as ReadonlyMap<string, unknown>,
  };
}
