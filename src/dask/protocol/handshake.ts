import { DaskProtocolError } from "../../errors.ts";
import { decodeMessage, encodeMessage } from "./message.ts";

/** The highest protocol of pickle that is read: 5 has buffers beside it. */
const PICKLE_PROTOCOL = 5;
/** Not looked at by current releases; old ones compare it with their own. */
const PYTHON = [3, 11, 0];

/** What both ends say first, before they read: that nothing is to be compressed. */
export function handshakeFrames(): Uint8Array[] {
  return encodeMessage({ compression: null, python: PYTHON, "pickle-protocol": PICKLE_PROTOCOL });
}

/** What the other end has said first. */
export interface Handshake {
  /** What it compresses with if both want it, which we do not. */
  readonly compression: string | null;
  readonly pickleProtocol: number;
}

/** Throws a `DaskProtocolError` if it is no handshake. */
export function readHandshake(frames: readonly Uint8Array[]): Handshake {
  const message = decodeMessage(frames);
  const pickleProtocol = message instanceof Map ? message.get("pickle-protocol") : undefined;
  if (!(message instanceof Map) || typeof pickleProtocol !== "number") {
    throw new DaskProtocolError("the other side does not begin with a handshake of dask");
  }
  const compression = message.get("compression");
  return { compression: typeof compression === "string" ? compression : null, pickleProtocol };
}
