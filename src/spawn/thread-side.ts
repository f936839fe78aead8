import { MessageChannel } from "node:worker_threads";
import type { Comm } from "../comm/comm.ts";
import { PortComm } from "../comm/message-port.ts";
import type { Introduction, ServiceRequest, ThreadBoot } from "./boot.ts";
import { ClaimTable } from "./claims.ts";
import type { Peers } from "./spawn.ts";
import type { Joined } from "./worker-side.ts";

export function joinFromThread({ seed, control, service, memory }: ThreadBoot): Joined {
  const joined: ServiceRequest = { op: "joined" };
  service.postMessage(joined);
  return {
    seed,
    comm: new PortComm(control),
    claims: new ClaimTable(memory),
    peers: new PortPeers(service),
  };
}

/** The controller's thread hands on one end of each channel. */
class PortPeers implements Peers {
  readonly #service: ThreadBoot["service"];
  #onConnection: (peerId: string, comm: Comm) => void = () => {};
  #listening = false;

  constructor(service: ThreadBoot["service"]) {
    this.#service = service;
  }

  connect(peerId: string): Comm {
    const { port1, port2 } = new MessageChannel();
    const request: ServiceRequest = { op: "connect", peerId, port: port2 };
    this.#service.postMessage(request, [port2]);
    return new PortComm(port1);
  }

  get onConnection(): (peerId: string, comm: Comm) => void {
    return this.#onConnection;
  }

  set onConnection(take: (peerId: string, comm: Comm) => void) {
    this.#onConnection = take;
    if (this.#listening) return;
    this.#listening = true;
    this.#service.on("message", ({ peerId, port }: Introduction) => {
      this.#onConnection(peerId, new PortComm(port));
    });
    // It is the controller's channel that keeps a worker alive.
    this.#service.unref();
  }
}
