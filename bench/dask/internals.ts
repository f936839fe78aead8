import { pathToFileURL } from "node:url";

/**
 * What the benchmarks need of a build besides its public names: the key-level client, and
 * processes one by one, whose numbers are known.
 */
export type Internals = Awaited<ReturnType<typeof internalsOf>>;

/** @param file a build's `index.js` */
export async function internalsOf(file: string) {
  const load = (path: string) => import(new URL(path, pathToFileURL(file)).href);
  const closures: typeof import("../../src/closure/library.ts") = await load("closure/library.js");
  const client: typeof import("../../src/dask/client/scheduler-client.ts") = await load(
    "dask/client/scheduler-client.js",
  );
  const python: typeof import("../../src/dask/local-cluster/python-process.ts") = await load(
    "dask/local-cluster/python-process.js",
  );
  const scheduler: typeof import("../../src/dask/local-cluster/scheduler-process.ts") = await load(
    "dask/local-cluster/scheduler-process.js",
  );
  const workers: typeof import("../../src/dask/local-cluster/worker-processes.ts") = await load(
    "dask/local-cluster/worker-processes.js",
  );
  const values: typeof import("../../src/dask/tasks/any-value.ts") = await load("dask/tasks/any-value.js");
  const argumentsOf: typeof import("../../src/dask/tasks/argument-bytes.ts") = await load(
    "dask/tasks/argument-bytes.js",
  );
  const functions: typeof import("../../src/dask/tasks/function-bytes.ts") = await load(
    "dask/tasks/function-bytes.js",
  );
  const protocol: typeof import("../../src/worker/protocol.ts") = await load("worker/protocol.js");
  const dask: typeof import("../../src/dask/index.ts") = await load("dask/index.js");
  return {
    ...closures,
    ...client,
    ...python,
    ...scheduler,
    ...workers,
    ...values,
    ...argumentsOf,
    ...functions,
    ...protocol,
    ...dask,
  };
}
