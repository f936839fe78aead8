import { MessageChannel } from "node:worker_threads";
import { afterEach } from "vitest";
import type { Comm } from "../../src/comm/comm.ts";
import { PortComm } from "../../src/comm/message-port.ts";
import { ClaimTable, SharedClaims } from "../../src/spawn/claims.ts";
import type { SpawnedWorker, WorkerClaims } from "../../src/spawn/spawn.ts";

const open: Comm[] = [];

/** Both ends of a channel. What is sent is cloned, and arrives later, as between threads. */
export function channel(): [Comm, Comm] {
  const { port1, port2 } = new MessageChannel();
  const ends: [Comm, Comm] = [new PortComm(port1), new PortComm(port2)];
  open.push(...ends);
  return ends;
}

/** Each test of the file closes its channels. */
export function closesChannels(): void {
  afterEach(() => {
    for (const comm of open.splice(0)) comm.close();
  });
}

/** A worker in this very thread, as its controller sees it, and its own side. */
export function workerHere(id: string): { worker: SpawnedWorker; comm: Comm; claims: WorkerClaims } {
  const [controller, comm] = channel();
  const memory = ClaimTable.newMemory();
  const worker: SpawnedWorker = {
    id,
    pid: process.pid,
    threadId: undefined,
    comm: controller,
    address: undefined,
    ready: Promise.resolve(),
    exited: new Promise(() => {}),
    claims: new SharedClaims(memory),
    terminate: async () => controller.close(),
    ref: () => {},
    unref: () => {},
  };
  return { worker, comm, claims: new ClaimTable(memory) };
}
