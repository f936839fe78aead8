/** The entry of task threads. */

import { randomUUID } from "node:crypto";
import { Library } from "../../closure/library.ts";
import { joinController } from "../../spawn/worker-side.ts";
import type { ThreadStart } from "./batch.ts";
import { TaskRunner } from "./task-runner.ts";

// No `await` at the top: V8 ends the whole process if a thread is terminated while it evaluates a module that
// has one. A rejection is an uncaught error, as it should be.
void joinController().then(({ seed, comm, claims }) => {
  new TaskRunner({
    start: seed.data as ThreadStart,
    comm,
    claims,
    newLibrary: () => new Library(randomUUID()),
  });
});
