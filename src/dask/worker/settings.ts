import { normalAddress } from "../comm/address.ts";
import { memoryLimitOf } from "./memory-limit.ts";

/** How a worker runs. */
export interface WorkerOptions {
  /** Unique on the scheduler. Default: the worker's address. */
  readonly name?: string;
  /** How many tasks run at once, each on a thread of its own. Default: 1. */
  readonly threads?: number;
  /**
   * Memory that the process may use: bytes (0: no limit), a text such as "4GB", or "auto" (default), the worker's share of the machine.
   * Results are put on disk from 60 % of it on; no task begins above 80 %.
   */
  readonly memoryLimit?: "auto" | number | string;
  /** For "auto": how many workers share the machine. Default: cores of the machine for each thread. */
  readonly workersOnMachine?: number;
  /** Where to listen. Default: the loopback device if the scheduler is there, else the interface that reaches it. */
  readonly host?: string;
  /** Where to listen. Default: any free port. */
  readonly port?: number;
  /** Where results are put that memory has no room for; a directory on a disk. Default: that of the system. */
  readonly localDirectory?: string;
  /** Abstract resources that tasks can claim, and how much there is of each. */
  readonly resources?: Readonly<Record<string, number>>;
  /** How long the scheduler may be unreachable at the start, in milliseconds. Default: 10,000. */
  readonly connectTimeout?: number;
  /** How long `close` may wait for running tasks, and for others to take over results, in milliseconds each. Default: 10,000. */
  readonly closeTimeout?: number;
  /** Only warnings are written to standard error. */
  readonly quiet?: boolean;
  /** Checks all invariants after each event, which is slow. */
  readonly validate?: boolean;
}

/** Options with all that was left out. */
export interface WorkerSettings {
  readonly scheduler: string;
  readonly name: string | undefined;
  readonly threads: number;
  readonly memoryLimit: number | undefined;
  readonly host: string | undefined;
  readonly port: number;
  readonly localDirectory: string | undefined;
  readonly resources: ReadonlyMap<string, number>;
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  readonly quiet: boolean;
  readonly validate: boolean;
}

const NAMES: ReadonlySet<string> = new Set<keyof WorkerOptions>([
  ...(["name", "threads", "memoryLimit", "workersOnMachine", "host", "port", "localDirectory"] as const),
  ...(["resources", "connectTimeout", "closeTimeout", "quiet", "validate"] as const),
]);

/**
 * What is meant by options that may come from a command line.
 * @throws TypeError, RangeError: no address, an unknown option, or a value that cannot be meant
 */
export function settingsOf(scheduler: string, options: WorkerOptions): WorkerSettings {
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw new TypeError(`a worker has no option ${JSON.stringify(name)}`);
  }
  const threads = whole("threads", options.threads, 1, 1, 1024);
  const workersOnMachine = options.workersOnMachine;
  if (workersOnMachine !== undefined) whole("workersOnMachine", workersOnMachine, 1, 1, 65_536);
  return {
    scheduler: normalAddress(scheduler),
    name: options.name,
    threads,
    memoryLimit: memoryLimitOf(options.memoryLimit ?? "auto", {
      threads,
      ...(workersOnMachine !== undefined && { workersOnMachine }),
    }),
    host: options.host,
    port: whole("port", options.port, 0, 0, 65_535),
    localDirectory: options.localDirectory,
    resources: resourcesOf(options.resources ?? {}),
    connectTimeout: milliseconds("connectTimeout", options.connectTimeout),
    closeTimeout: milliseconds("closeTimeout", options.closeTimeout),
    quiet: options.quiet ?? false,
    validate: options.validate ?? false,
  };
}

function whole(name: string, value: number | undefined, usual: number, least: number, most: number): number {
  if (value === undefined) return usual;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}

function milliseconds(name: string, value = 10_000): number {
  if (value >= 0) return value;
  throw new RangeError(`${name} must be milliseconds, not ${value}`);
}

function resourcesOf(resources: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  for (const [name, amount] of Object.entries(resources)) {
    if (!(amount >= 0 && Number.isFinite(amount))) {
      throw new RangeError(`resources: the amount of ${name} must be a number from 0, not ${amount}`);
    }
  }
  return new Map(Object.entries(resources));
}
