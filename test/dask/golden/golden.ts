import { readFileSync } from "node:fs";
import { decodeMessage, Pickled, Serialized } from "../../../src/dask/protocol/message.ts";

/** The frames of a message in hex. */
type Frames = readonly string[];

/** What scripts/dask/golden.py has recorded with one release. */
export interface Golden {
  readonly release: string;
  /** Bytes of the stream. */
  readonly handshake: string;
  readonly messages: Readonly<Record<string, Frames>>;
  /** Messages `{v: value}`. */
  readonly values: Readonly<Record<string, Frames>>;
  /** In protocols 2, 3, 4 and 5. */
  readonly pickles: Readonly<Record<string, readonly string[]>>;
  /** Messages `{run_spec: task}`. */
  readonly specs: Readonly<Record<string, Frames>>;
  /** Messages with `exception` and `traceback`. */
  readonly failures: Readonly<Record<string, Frames>>;
}

export const GOLDEN: readonly Golden[] = ["2026.8.0", "2024.12.1"].map((release) =>
  JSON.parse(readFileSync(new URL(`${release}.json`, import.meta.url), "utf8")),
);

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

export function framesOf(frames: Frames): Uint8Array[] {
  return frames.map(bytesOf);
}

/** A field of a recorded message. */
export function fieldOf(frames: Frames, name: string): unknown {
  return (decodeMessage(framesOf(frames)) as Map<string, unknown>).get(name);
}

export function serializedOf(frames: Frames, name = "v"): Serialized {
  const value = fieldOf(frames, name);
  if (!(value instanceof Serialized)) throw new Error(`${name} is no value`);
  return value;
}

export function pickledOf(frames: Frames, name: string): Pickled {
  const value = fieldOf(frames, name);
  if (!(value instanceof Pickled)) throw new Error(`${name} is not pickled`);
  return value;
}
