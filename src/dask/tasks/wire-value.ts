import { LARGE } from "../../serialize/transfer.ts";
import { type Header, Serialized } from "../protocol/message.ts";
import type { WireValue } from "./batch.ts";

/** Longer pickles go beside the rows of a batch. */
const LONGEST_SMALL = 4096;

const SMALL_HEADER: Header = Serialized.of("pickle", [new Uint8Array(0)], [["writeable", []]]).header;
let smallHeaderFrame: Uint8Array | undefined;

/** The bytes of a value that is a short pickle and nothing else. */
export function smallPickle({ header, frames }: Serialized): Uint8Array | undefined {
  const [bytes] = frames;
  if (frames.length !== 1 || bytes!.byteLength > LONGEST_SMALL || header.get("serializer") !== "pickle")
    return undefined;
  const compression = header.get("compression");
  if (Array.isArray(compression) && compression.some((one) => one !== null)) return undefined;
  return bytes;
}

/** The value again; all of them have the same header. */
export function ofSmallPickle(bytes: Uint8Array): Serialized {
  const value = new Serialized(SMALL_HEADER, [bytes], smallHeaderFrame);
  smallHeaderFrame ??= value.headerFrame;
  return value;
}

/** A value as it goes to another thread: no frame brings along what lies around it. */
export function toWire({ header, frames }: Serialized): WireValue {
  return { header, frames: frames.map(alone) };
}

export function fromWire({ header, frames }: WireValue): Serialized {
  return new Serialized(header, frames);
}

function alone(frame: Uint8Array): Uint8Array {
  const { buffer, byteLength } = frame;
  return byteLength === buffer.byteLength || buffer instanceof SharedArrayBuffer ? frame : frame.slice();
}

/** The value with its frames of 64 KB and more in shared memory, so that they go to other threads without a copy. */
export function inSharedMemory(value: Serialized): Serialized {
  if (!value.frames.some(isToBeShared)) return value;
  const frames = value.frames.map((frame) => {
    if (!isToBeShared(frame)) return frame;
    const shared = new Uint8Array(new SharedArrayBuffer(frame.byteLength));
    shared.set(frame);
    return shared;
  });
  return new Serialized(value.header, frames);
}

function isToBeShared({ buffer, byteLength }: Uint8Array): boolean {
  return byteLength >= LARGE && !(buffer instanceof SharedArrayBuffer);
}
