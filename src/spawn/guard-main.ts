/**
 * The guard of a worker process: a thread beside the worker's main thread that answers its
 * controller whatever the main thread is busy with. It takes tasks back, and when the controller
 * has died, it ends the whole process at once.
 */

import { workerData } from "node:worker_threads";
import { openPipe, SocketComm } from "../comm/socket.ts";
import { ClaimTable } from "./claims.ts";
import type { GuardSeed, RevokeReply, RevokeRequest } from "./guard.ts";
import { endOrphan } from "./orphan.ts";

const { memory, fd, directory } = workerData as GuardSeed;
const claims = new ClaimTable(memory);
const controller = new SocketComm(openPipe(fd));
controller.onMessage = (message) => {
  const { request, tickets } = message as RevokeRequest;
  const reply: RevokeReply = { request, revoked: tickets.filter((ticket) => claims.revoke(ticket)) };
  controller.send(reply);
};
controller.onClose = () => endOrphan(directory);
