/** A thread that makes arrays, or one that sums what the other sends it by their own port. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { makeArray, sumArray } from "./tasks.ts";

const { role, port, arrays } = workerData as { role: "make" | "sum"; port: MessagePort; arrays: number };

if (role === "make") {
  parentPort!.on("message", () => {
    for (let n = 0; n < arrays; n++) {
      const array = makeArray(n);
      port.postMessage(array, [array.buffer]);
    }
  });
} else {
  let sum = 0;
  let summed = 0;
  port.on("message", (array: Float64Array) => {
    sum += sumArray(array);
    if (++summed < arrays) return;
    parentPort!.postMessage(sum);
    sum = 0;
    summed = 0;
  });
}
