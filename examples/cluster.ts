import { op } from "dispatch-graph";
import { DaskExecutor, LocalCluster } from "dispatch-graph/dask";

await using cluster = await LocalCluster.start({ workers: 2 }); // or dask's own scheduler, anywhere
await using executor = new DaskExecutor(cluster);

const square = (n: number) => n * n;
const squares = Array.from({ length: 100 }, (_, i) => op(square, i));
console.log(await executor.collect(op((all: number[]) => all.reduce((a, b) => a + b), squares))); // 328350
