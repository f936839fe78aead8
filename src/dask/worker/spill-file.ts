import { open, rm } from "node:fs/promises";
import { DaskProtocolError } from "../../errors.ts";
import { portions } from "../../store/file-bytes.ts";
import { FrameReader, piecesOf } from "../protocol/framing.ts";
import { decodeMessage, encodeMessage, Serialized } from "../protocol/message.ts";
import { sharedFrame } from "./shared-frame.ts";

/** A file holds a value as a message would: header and frames, whatever they are, and nothing is encoded again. */

const CHUNK = 1 << 20;

/**
 * Puts a value in a new file: all of it or, if that fails, nothing.
 * @returns bytes of the file
 */
export async function writeSpillFile(path: string, value: Serialized): Promise<number> {
  const file = await open(path, "wx", 0o600);
  let bytes = 0;
  try {
    for (const piece of piecesOf(encodeMessage({ value }))) {
      for (const portion of portions(piece)) {
        for (let done = 0; done < portion.byteLength; ) {
          done += (await file.write(portion, done)).bytesWritten;
        }
        bytes += portion.byteLength;
      }
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return bytes;
}

/** The value in a file. Throws if it cannot be read, or is not what was written. */
export async function readSpillFile(path: string): Promise<Serialized> {
  const file = await open(path, "r");
  try {
    const reader = new FrameReader({ allocate: sharedFrame });
    const chunk = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK);
      if (bytesRead === 0) throw new DaskProtocolError(`${path} ends too early`);
      const [frames] = reader.push(chunk.subarray(0, bytesRead));
      if (frames === undefined) continue;
      const message = decodeMessage(frames);
      const value = message instanceof Map ? message.get("value") : undefined;
      if (!(value instanceof Serialized)) throw new DaskProtocolError(`${path} holds no value`);
      return value;
    }
  } finally {
    await file.close();
  }
}
