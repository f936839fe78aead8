import { createServer, type Server } from "node:net";
import type { Comm } from "./comm.ts";
import { expectToken } from "./handshake.ts";
import { SocketComm } from "./socket.ts";

/** Where to listen, and for whom. */
export interface Listening {
  /** Path of the socket (or name of the pipe), in a directory that only this user may enter. */
  readonly address: string;
  /** Who does not show it first is not listened to. */
  readonly token: Uint8Array;
  /** Takes each channel, with the name that the other side gives. */
  readonly onConnection: (name: string, comm: Comm) => void;
}

/** Resolves when others can connect. Closing the server removes the socket; open channels stay. */
export function listen({ address, token, onConnection }: Listening): Promise<Server> {
  const server = createServer((socket) => {
    expectToken(socket, token, () => {
      const comm = new SocketComm(socket);
      comm.next().then(
        (name) => onConnection(String(name), comm),
        () => {},
      );
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}
