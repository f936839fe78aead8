import type { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import type { Comm } from "../comm/comm.ts";
import { connect } from "../comm/connect.ts";
import { listen } from "../comm/listen.ts";
import { openPipe, SocketComm } from "../comm/socket.ts";
import { CONTROL_FD, GUARD_FD, type ProcessBoot } from "./boot.ts";
import { ClaimTable } from "./claims.ts";
import type { GuardSeed } from "./guard.ts";
import { endOrphan } from "./orphan.ts";
import type { Peers } from "./spawn.ts";
import type { Joined } from "./worker-side.ts";

/** Megabytes; it holds one request at a time. */
const GUARD_MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

export async function joinFromProcess(): Promise<Joined> {
  let socket!: Socket;
  const comm = new SocketComm((onread) => {
    socket = openPipe(CONTROL_FD)(onread);
    return socket;
  });
  const { seed, address, token, directory } = (await comm.next()) as ProcessBoot;
  socket.on("close", () => {
    if (comm.reason === undefined) process.exit();
    else endOrphan(directory);
  });
  // A terminal sends it to all of its processes; it is the controller's to decide what it means.
  process.on("SIGINT", () => {});
  const peers = new SocketPeers(seed.id, token);
  const server = await listen({
    address,
    token,
    onConnection: (peerId, peer) => peers.accept(peerId, peer),
  });
  server.unref();
  const memory = ClaimTable.newMemory();
  comm.send({ joined: true });
  comm.flush();
  startGuard({ memory, fd: GUARD_FD, directory });
  return { seed, comm, claims: new ClaimTable(memory), peers };
}

/** Without it the process would not end with its controller: that it cannot start is the process's failure. */
function startGuard(seed: GuardSeed): void {
  const guard = new Worker(new URL("../../dist/spawn/guard-main.js", import.meta.url), {
    workerData: seed,
    name: "guard",
    // Nothing of the program is loaded into it.
    execArgv: [],
    resourceLimits: GUARD_MEMORY,
  });
  guard.unref();
}

class SocketPeers implements Peers {
  readonly #id: string;
  readonly #token: Uint8Array;
  #onConnection: ((peerId: string, comm: Comm) => void) | undefined;
  /** Connections that nobody has taken yet. */
  #waiting: [string, Comm][] = [];

  constructor(id: string, token: Uint8Array) {
    this.#id = id;
    this.#token = token;
  }

  connect(peerId: string, address: string | undefined): Comm {
    if (address === undefined) throw new TypeError(`worker "${peerId}" has no address`);
    return connect({ address, token: this.#token, name: this.#id });
  }

  get onConnection(): (peerId: string, comm: Comm) => void {
    return this.#onConnection ?? (() => {});
  }

  set onConnection(take: (peerId: string, comm: Comm) => void) {
    this.#onConnection = take;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [peerId, comm] of waiting) take(peerId, comm);
  }

  accept(peerId: string, comm: Comm): void {
    if (this.#onConnection === undefined) this.#waiting.push([peerId, comm]);
    else this.#onConnection(peerId, comm);
  }
}
