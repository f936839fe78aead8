import { DaskExecutor, LocalCluster, type LocalClusterOptions } from "dispatch-graph/dask";
import { prepare, pythonOf, RELEASES } from "../scripts/dask/environments.ts";

/** An executor with a dask cluster on this machine, which ends with it. */
export class LocalDaskExecutor extends DaskExecutor {
  readonly cluster: LocalCluster;

  private constructor(cluster: LocalCluster) {
    super(cluster);
    this.cluster = cluster;
  }

  /** The scheduler is that of the tests, unless `DISPATCH_GRAPH_PYTHON` names another; it is installed if it is not there. */
  static async start(options: LocalClusterOptions): Promise<LocalDaskExecutor> {
    if (process.env.DISPATCH_GRAPH_PYTHON) return new LocalDaskExecutor(await LocalCluster.start(options));
    await prepare((line) => console.error(line));
    const python = pythonOf(RELEASES[0]);
    return new LocalDaskExecutor(await LocalCluster.start({ ...options, python }));
  }

  override async close(): Promise<void> {
    await super.close();
    await this.cluster.close();
  }
}
