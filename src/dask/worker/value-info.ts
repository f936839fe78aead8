import type { Serialized } from "../protocol/message.ts";
import { sizeOf, type TypeOfValue } from "../protocol/values.ts";
import type { ValueInfo } from "../worker-state/messages.ts";

/** The pickle of `builtins.object`. */
const OBJECT = new Uint8Array(Buffer.from("80048c086275696c74696e73948c066f626a6563749493942e", "hex"));

/** What the scheduler wants to know of a value that came from elsewhere; nothing is decoded for it. */
export function infoOf(value: Serialized): ValueInfo {
  const type = value.header.get("type-serialized");
  const name = value.header.get("type");
  return {
    nbytes: sizeOf(value),
    type: type instanceof Uint8Array ? type : OBJECT,
    typename: typeof name === "string" ? name : "object",
  };
}

/** The same of a value that was made here. */
export function infoOfMade(value: Serialized, { name, pickle }: TypeOfValue): ValueInfo {
  return { nbytes: sizeOf(value), type: pickle, typename: name };
}
