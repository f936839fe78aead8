import { Serialized } from "../protocol/message.ts";

/** Memory that task threads see too, so that large values reach them without a copy. */
export function sharedFrame(bytes: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(bytes));
}

/**
 * A value that holds no other memory alive: small frames are cut out of what was read from a
 * connection together with others.
 */
export function compact(value: Serialized): Serialized {
  if (value.frames.every(isCompact)) return value;
  return new Serialized(
    value.header,
    value.frames.map((frame) => (isCompact(frame) ? frame : new Uint8Array(frame))),
  );
}

/** A small part of something larger is not. */
function isCompact(frame: Uint8Array): boolean {
  return frame.buffer.byteLength <= 2 * frame.byteLength + SLACK;
}

const SLACK = 512;
