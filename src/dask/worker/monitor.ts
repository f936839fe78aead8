import { readdirSync, readFileSync } from "node:fs";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** What the process and its machine are doing, named as the scheduler's pages name it. */
export interface Sample {
  /** Percent; 100 is one core. */
  readonly cpu: number;
  /** Resident bytes of the process. */
  readonly memory: number;
  /** Unix time in seconds. */
  readonly time: number;
  /** Mean seconds between turns of a timer of 20 ms. */
  readonly event_loop_interval: number;
  /** Bytes per second of all interfaces. */
  readonly host_net_io: { readonly read_bps: number; readonly write_bps: number };
  /** Open files and sockets, where the system tells. */
  readonly num_fds?: number;
}

const TICK = 20;

/** Samples the process; rates are those since the sample before. To be closed. */
export class Monitor {
  readonly #ticks: IntervalHistogram = monitorEventLoopDelay({ resolution: TICK });
  #cpu = process.cpuUsage();
  #at = performance.now();
  #network = networkBytes();

  constructor() {
    this.#ticks.enable();
  }

  sample(): Sample {
    const now = performance.now();
    // Two samples at the same moment have no rate.
    const elapsed = Math.max(now - this.#at, 1);
    const cpu = process.cpuUsage(this.#cpu);
    const network = networkBytes();
    const files = openFiles();
    const sample: Sample = {
      cpu: Math.round((cpu.user + cpu.system) / elapsed) / 10,
      memory: process.memoryUsage.rss(),
      time: Date.now() / 1000,
      event_loop_interval: this.#ticks.count > 0 ? this.#ticks.mean / 1e9 : TICK / 1000,
      host_net_io: {
        read_bps: ((network.read - this.#network.read) / elapsed) * 1000,
        write_bps: ((network.written - this.#network.written) / elapsed) * 1000,
      },
      ...(files !== undefined && { num_fds: files }),
    };
    this.#ticks.reset();
    this.#cpu = process.cpuUsage();
    this.#at = now;
    this.#network = network;
    return sample;
  }

  close(): void {
    this.#ticks.disable();
  }
}

function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

/** Bytes of all interfaces since the machine started; 0 where the system does not tell. */
function networkBytes(): { read: number; written: number } {
  let read = 0;
  let written = 0;
  try {
    for (const line of readFileSync("/proc/net/dev", "latin1").split("\n").slice(2)) {
      // The name and a colon; then bytes, packets and six more that were received, and the same of those sent.
      const fields = line
        .slice(line.indexOf(":") + 1)
        .trim()
        .split(/\s+/);
      read += Number(fields[0] ?? 0);
      written += Number(fields[8] ?? 0);
    }
  } catch {
    // Not on this system.
  }
  return { read, written };
}
