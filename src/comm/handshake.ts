import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";

/** How many bytes a token has. */
const LENGTH = 32;
/** How long a stranger may keep a connection open, in milliseconds. */
const PATIENCE = 10_000;

/** A new secret. Who does not begin a connection with it is not listened to. */
export function newToken(): Uint8Array {
  return randomBytes(LENGTH);
}

/** Shows the token to the other side, as the first bytes of the connection. */
export function showToken(socket: Socket, token: Uint8Array): void {
  socket.write(token);
}

/** Calls `accept` when the other side has shown the token, and closes the connection if it shows another. */
export function expectToken(socket: Socket, token: Uint8Array, accept: () => void): void {
  const end = (): void => {
    socket.destroy();
  };
  const timer = setTimeout(end, PATIENCE).unref();
  const look = (): void => {
    const shown: Buffer | null = socket.read(LENGTH);
    if (shown === null) return;
    clearTimeout(timer);
    socket.off("readable", look);
    socket.off("error", end);
    if (shown.byteLength === LENGTH && timingSafeEqual(shown, token)) accept();
    else end();
  };
  socket.on("readable", look);
  socket.on("error", end);
  socket.on("close", () => clearTimeout(timer));
}
