import { connect as connectSocket } from "node:net";
import type { Comm } from "./comm.ts";
import { showToken } from "./handshake.ts";
import { SocketComm } from "./socket.ts";

/** Where to connect to, and as whom. */
export interface Connecting {
  /** Path of the socket (or name of the pipe). */
  readonly address: string;
  /** The secret that the other side expects. */
  readonly token: Uint8Array;
  /** Tells the other side who connects. */
  readonly name: string;
}

/**
 * A channel to a listener on this machine. It can be used at once: messages wait for the connection.
 * If there is none, `onClose` is called with the reason.
 */
export function connect({ address, token, name }: Connecting): Comm {
  const comm = new SocketComm((onread) => {
    const socket = connectSocket({ path: address, onread });
    showToken(socket, token);
    return socket;
  });
  comm.send(name);
  return comm;
}
