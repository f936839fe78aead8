import type { Child, ChildOptions } from "./child.ts";
import { LocalClusterError } from "./local-cluster-error.ts";
import { startPython } from "./python-process.ts";

/** Settings of dask by their names: `{ "distributed.scheduler.worker-saturation": "inf" }`. */
export type DaskConfig = Readonly<Record<string, string | number | boolean>>;

export interface SchedulerOptions {
  readonly python: string;
  /** Where it listens. Default: for this machine alone. */
  readonly host?: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Port of the pages about the cluster; 0: one that is free. Without it they are not there. */
  readonly dashboard: number | undefined;
  readonly config?: DaskConfig;
  readonly onOutput?: ChildOptions["onOutput"];
}

/** A scheduler that runs, and where. */
export interface RunningScheduler {
  readonly process: Child<unknown>;
  readonly address: string;
  /** `undefined` if it was started without. */
  readonly dashboardAddress: string | undefined;
}

/**
 * What the command `dask scheduler` does, but it says where it listens in a way that does not depend
 * on how logging is configured.
 */
const SOURCE = `
import asyncio, gc, json
from distributed import Scheduler

async def main(host, port, dashboard):
    scheduler = Scheduler(
        host=host,
        port=int(port),
        dashboard=dashboard != "none",
        dashboard_address="127.0.0.1:" + ("0" if dashboard == "none" else dashboard),
    )
    await scheduler
    closing = lambda: asyncio.ensure_future(scheduler.close())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, closing)
    services = {name: server.port for name, server in scheduler.services.items()}
    print(json.dumps({"address": scheduler.address, "services": services}), flush=True)
    await scheduler.finished()

gc.set_threshold(*(3 * one for one in gc.get_threshold()))
asyncio.run(main(*sys.argv[1:]))
`;

/** How long it may take to tell everybody that it ends, in milliseconds. */
const STOP_LIMIT = 3000;

/**
 * Starts an unmodified scheduler of dask on this machine, for this machine alone. It ends with this process.
 * @throws LocalClusterError With the last lines of its output, if it cannot start. Nothing is left of it then.
 */
export async function startScheduler(options: SchedulerOptions): Promise<RunningScheduler> {
  const { python, host = "127.0.0.1", port, dashboard, config = {}, onOutput } = options;
  const process = startPython<{ address: string; services: Record<string, number> }>({
    what: `the scheduler on ${port === 0 ? "a free port" : `port ${port}`} (with ${python})`,
    python,
    source: SOURCE,
    args: [host, String(port), dashboard === undefined ? "none" : String(dashboard)],
    env: variablesOf(config),
    StartError: LocalClusterError,
    ...(onOutput && { onOutput }),
  });
  const { address, services } = await process.ready();
  const page = dashboard === undefined ? undefined : services.dashboard;
  return {
    process,
    address,
    dashboardAddress: page === undefined ? undefined : `http://127.0.0.1:${page}/status`,
  };
}

/** Ends a scheduler; what is connected to it is told. */
export function stopScheduler({ process }: RunningScheduler): Promise<void> {
  return process.stop((it) => it.kill("SIGTERM"), STOP_LIMIT);
}

/** As dask reads them: `DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION`. */
function variablesOf(config: DaskConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      `DASK_${name.replaceAll(".", "__").replaceAll("-", "_").toUpperCase()}`,
      typeof value === "boolean" ? (value ? "True" : "False") : String(value),
    ]),
  );
}
