import type { Library } from "../../closure/library.ts";
import type { Packed } from "../../comm/frames.ts";
import { pack } from "../../comm/pack.ts";
import { DaskProtocolError } from "../../errors.ts";
import { decode, encode } from "../../serialize/encode.ts";
import { type Survey, survey } from "../../serialize/survey.ts";
import { isPool } from "../../serialize/transfer.ts";
import { type Header, Serialized, wholeFrames } from "../protocol/message.ts";
import { type ReadFamily, readValue, writeValue } from "../protocol/values.ts";
import { acceptCode, codeOf, skipCode } from "./code.ts";
import { FieldReader, FieldWriter, unpacked } from "./fields.ts";

/*
 * Our own family of values, for what Python has no form for. In its header: `version`, that of this format, and
 * `memory`, what each of the buffers was. Frames: first a byte that is 1 if the value is encoded, the code that it
 * needs, and the packed value; then the buffers.
 */

const FAMILY = "dispatch-graph";
const FORMAT = 1;

/** An ArrayBuffer. */
const ORDINARY = 0;
/** A SharedArrayBuffer of the user's. */
const SHARED = 1;
/** Shared memory which the user knows as ordinary memory: only views show it. */
const EITHER = 2;

/**
 * Any value as the wire carries it: in the form that Python reads as well, if that says all; else in our own family,
 * which brings the definitions of all functions and classes along. Large memory is not copied.
 *
 * @param subject what to call the value in errors
 * @param isOurs true of memory that is shared by this library, and not by the user: it may be ordinary memory elsewhere
 * @param found what `survey` says of the value, if that is known already
 * @throws ClosureError if a part of it cannot travel
 */
export function writeAny(
  value: unknown,
  library: Library,
  subject: () => string = () => "the value",
  isOurs: (memory: SharedArrayBuffer) => boolean = () => false,
  found: Survey = survey(value),
): Serialized {
  // What only the closure machinery carries says more than there is a form for, or cannot travel at all.
  const written = found.way === "captured" ? undefined : writeValue(value);
  return written ?? writeOwn(value, library, subject, isOurs, found);
}

function writeOwn(
  value: unknown,
  library: Library,
  subject: () => string,
  isOurs: (memory: SharedArrayBuffer) => boolean,
  found: Survey,
): Serialized {
  const { plain, data, uses } = encode(value, library, subject(), found);
  const { body, buffers } = pack(data, [], isPool);
  const fields = new FieldWriter(body.byteLength + 64);
  fields.byte(plain ? 0 : 1);
  fields.raw(codeOf(uses, library));
  fields.raw(body);
  const memory = buffers.map((buffer) => {
    if (!(buffer instanceof SharedArrayBuffer)) return ORDINARY;
    return isOurs(buffer) ? EITHER : SHARED;
  });
  return Serialized.of(
    FAMILY,
    [fields.taken(), ...buffers.map((buffer) => new Uint8Array(buffer))],
    [
      ["version", FORMAT],
      ["memory", memory],
    ],
  );
}

/**
 * To be called, and waited for, before `readAny`.
 * @returns a promise if modules have to be imported for the value; see `Library.accept`
 * @throws DaskProtocolError if the value cannot be read
 */
export function prepareAny(serialized: Serialized, library: Library): Promise<void> | undefined {
  if (serialized.header.get("serializer") !== FAMILY) return undefined;
  checkVersion(serialized.header);
  const fields = bodyOf(wholeFrames(serialized));
  fields.byte();
  return acceptCode(fields, library);
}

/**
 * The value. Large memory is not copied: the value has that of the frames.
 * @throws DaskProtocolError if it cannot be read, ClosureError if something that it needs is not here
 */
export function readAny(serialized: Serialized, library: Library): unknown {
  return readValue(serialized, { families: familiesOf(library) });
}

const families = new WeakMap<Library, ReadonlyMap<string, ReadFamily>>();

function familiesOf(library: Library): ReadonlyMap<string, ReadFamily> {
  let known = families.get(library);
  if (known === undefined) {
    known = new Map([[FAMILY, (header, frames) => readOwn(header, frames, library)]]);
    families.set(library, known);
  }
  return known;
}

function readOwn(header: Header, frames: readonly Uint8Array[], library: Library): unknown {
  checkVersion(header);
  const fields = bodyOf(frames);
  const isPlain = fields.byte() === 0;
  skipCode(fields);
  const memory = header.get("memory");
  if (!Array.isArray(memory) || memory.length !== frames.length - 1) {
    throw new DaskProtocolError(`a value of ${frames.length} frames does not say what they are`);
  }
  const buffers: Packed["buffers"] = memory.map((kind, i) => bufferOf(kind, frames[i + 1]!));
  return decode(unpacked({ body: fields.rest(), buffers }), isPlain, library);
}

function bufferOf(kind: unknown, frame: Uint8Array): ArrayBuffer | SharedArrayBuffer {
  const { buffer } = frame;
  const isWhole = buffer.byteLength === frame.byteLength;
  const fits = kind === EITHER || buffer instanceof SharedArrayBuffer === (kind === SHARED);
  if (isWhole && fits) return buffer;
  const own = kind === SHARED ? new SharedArrayBuffer(frame.byteLength) : new ArrayBuffer(frame.byteLength);
  new Uint8Array(own).set(frame);
  return own;
}

/** The shared memory in the frames of a value that is not the user's own. */
export function sharedByUs({ header, frames }: Serialized): SharedArrayBuffer[] {
  const memory: unknown = header.get("serializer") === FAMILY ? header.get("memory") : undefined;
  return frames.flatMap(({ buffer }, i) => {
    const isUsers = Array.isArray(memory) && memory[i - 1] === SHARED;
    return buffer instanceof SharedArrayBuffer && !isUsers ? [buffer] : [];
  });
}

function bodyOf(frames: readonly Uint8Array[]): FieldReader {
  const [body] = frames;
  if (body === undefined) throw new DaskProtocolError("a value has no frames");
  return new FieldReader(body);
}

function checkVersion(header: Header): void {
  const version = header.get("version");
  if (version === FORMAT) return;
  throw new DaskProtocolError(
    `a value has format ${String(version)} of the family "${FAMILY}", and this version of the library reads format ${FORMAT}: use the same version everywhere`,
  );
}
