/** The entry of worker threads and worker processes. */

import { Library } from "../closure/library.ts";
import { joinController } from "../spawn/worker-side.ts";
import { WorkerHost } from "./host.ts";
import type { WorkerStart } from "./protocol.ts";

// No `await` at the top: V8 ends the whole process if a thread is terminated while it evaluates a module that
// has one. A rejection is an uncaught error, as it should be.
void joinController().then(({ seed, comm, claims, peers }) => {
  new WorkerHost({ start: seed.data as WorkerStart, comm, claims, peers, library: new Library(seed.id) });
});
