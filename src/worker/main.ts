/** The entry of worker threads and worker processes. */

import { Library } from "../closure/library.ts";
import { joinController } from "../spawn/worker-side.ts";
import { WorkerHost } from "./host.ts";
import type { WorkerStart } from "./protocol.ts";

const { seed, comm, claims, peers } = await joinController();
new WorkerHost({ start: seed.data as WorkerStart, comm, claims, peers, library: new Library(seed.id) });
