/** A worker that says that it is there. */

import { parentPort } from "node:worker_threads";

if (parentPort === null) process.send!("here");
else parentPort.postMessage("here");
