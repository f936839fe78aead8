import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { pack, unpack } from "../comm/pack.ts";
import { ValueFileError } from "../errors.ts";
import { isPool } from "../serialize/transfer.ts";
import { portions, readAll, replaceFile, writeFile } from "./file-bytes.ts";

/*
 * A value in a file:
 *
 * u32  MAGIC
 * u32  VERSION
 * u32  bytes of the header
 * u32  CRC-32 of the header
 * …    the header: JSON, with spaces at its end up to a multiple of ALIGNMENT in the file
 * …    the packed value: its body and its buffers, one after the other
 *
 * with numbers in the byte order of the machine, so that other machines find no MAGIC.
 */

const MAGIC = 0x4447_5646;
/** Another one for every change of this format, or of what `pack` writes. */
const VERSION = 1;
const PREFIX = 16;
const ALIGNMENT = 64;

const SCRATCH = 256 * 1024;
const WRONG_CHECKSUM = "its checksum is wrong";

/** What the writer wants to find again beside the value: JSON. */
export type Note = Readonly<Record<string, unknown>>;

export interface WriteOptions {
  /**
   * The file is to outlast this process: it has a checksum, is all there or not at all, and is on the
   * disk when the call returns. Otherwise nothing is done that would take time.
   */
  readonly durable?: boolean | undefined;
  /** "copy": what threads share is written as it is now, and is read as shared memory of its own. Else it is refused. */
  readonly shared?: "copy" | undefined;
  /** Memory in the value that is known to be large: it is written from where it is even if no view shows it. */
  readonly buffers?: readonly ArrayBuffer[] | undefined;
}

interface Header {
  readonly note: Note;
  /** Bytes of the parts. */
  readonly body: number;
  readonly buffers: readonly { readonly bytes: number; readonly shared: boolean }[];
  /** CRC-32 of all that follows the header. */
  readonly checksum: number | undefined;
}

/**
 * Writes a value into a file of its own. When it returns, the file no longer needs the value; large
 * memory is written from where it is.
 *
 * @param data what structured clone carries; parts that are one object are one object when it is read
 * @returns bytes of the file
 * @throws ValueFileError: `data` cannot be written, or the system refuses (`cause`); no file is left then.
 */
export function writeValue(path: string, data: unknown, note: Note, options: WriteOptions = {}): number {
  const { durable = false, shared, buffers } = options;
  try {
    const packed = pack(data, buffers, durable ? isPool : undefined);
    if (shared !== "copy" && packed.buffers.some(isShared)) {
      throw new TypeError("memory that threads share would not be shared any more");
    }
    const parts = [packed.body, ...packed.buffers.map((buffer) => new Uint8Array(buffer))];
    const head = headOf({
      note,
      body: packed.body.byteLength,
      buffers: packed.buffers.map((buffer) => ({ bytes: buffer.byteLength, shared: isShared(buffer) })),
      checksum: durable ? checksumOf(parts) : undefined,
    });
    const pieces = [head, ...parts];
    (durable ? replaceFile : writeFile)(path, pieces);
    return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  } catch (cause) {
    throw new ValueFileError(path, "cannot be written", cause);
  }
}

/**
 * The value that was written, and its note. A checksum is verified if there is one.
 * @throws ValueFileError: the file is missing, damaged, or none of these.
 */
export function readValue(path: string): { readonly data: unknown; readonly note: Note } {
  return reading(path, (file) => {
    const { note, body, buffers, checksum } = readHeader(file);
    const packed = {
      body: readPart(file, body, false),
      buffers: buffers.map(({ bytes, shared }) => readPart(file, bytes, shared).buffer),
    };
    const parts = [packed.body, ...packed.buffers.map((buffer) => new Uint8Array(buffer))];
    if (checksum !== undefined && checksum !== checksumOf(parts)) throw new Error(WRONG_CHECKSUM);
    return { data: unpack(packed), note };
  });
}

/**
 * The note that was written with a value, and the bytes of the file. The value is not looked at.
 * @throws ValueFileError as `readValue`
 */
export function readNote(path: string): { readonly note: Note; readonly bytes: number } {
  return reading(path, (file) => ({ note: readHeader(file).note, bytes: fstatSync(file).size }));
}

/**
 * The same, after the checksum has been verified; takes little memory, whatever the size.
 * @throws ValueFileError as `readValue`, and if there is no checksum
 */
export function checkValue(path: string): { readonly note: Note; readonly bytes: number } {
  return reading(path, (file) => {
    const { note, checksum } = readHeader(file);
    if (checksum === undefined) throw new Error("it has no checksum");
    const scratch = Buffer.allocUnsafeSlow(SCRATCH);
    let found = 0;
    for (let read = SCRATCH; read > 0; ) {
      read = readSync(file, scratch);
      found = crc32(scratch.subarray(0, read), found);
    }
    if (found !== checksum) throw new Error(WRONG_CHECKSUM);
    return { note, bytes: fstatSync(file).size };
  });
}

function reading<T>(path: string, read: (file: number) => T): T {
  try {
    const file = openSync(path, "r");
    try {
      return read(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const isOfSystem = (cause as NodeJS.ErrnoException).syscall !== undefined;
    throw new ValueFileError(
      path,
      isOfSystem ? "cannot be read" : "is no file of a value, or damaged",
      cause,
    );
  }
}

function headOf(header: Header): Uint8Array {
  const text = JSON.stringify(header);
  const needed = PREFIX + Buffer.byteLength(text);
  const head = Buffer.alloc(Math.ceil(needed / ALIGNMENT) * ALIGNMENT, " ");
  head.write(text, PREFIX);
  const json = head.subarray(PREFIX);
  const prefix = Uint32Array.of(MAGIC, VERSION, json.byteLength, crc32(json));
  head.set(new Uint8Array(prefix.buffer));
  return head;
}

function readHeader(file: number): Header {
  const { size } = fstatSync(file);
  const prefix = new Uint32Array(PREFIX / 4);
  if (!readAll(file, new Uint8Array(prefix.buffer))) throw new Error("it is too short");
  const [magic, version, length, checksum] = prefix as unknown as [number, number, number, number];
  if (magic !== MAGIC) throw new Error("it is something else");
  if (version !== VERSION) throw new Error(`it is of version ${version} of the format, not ${VERSION}`);
  if (PREFIX + length > size) throw new Error("it ends too early");
  const json = Buffer.alloc(length);
  readAll(file, json);
  if (crc32(json) !== checksum) throw new Error("the checksum of its header is wrong");
  const header = JSON.parse(json.toString()) as Header;
  const expected = header.buffers.reduce((sum, { bytes }) => sum + bytes, PREFIX + length + header.body);
  if (size !== expected) throw new Error(`it should have ${expected} bytes, and has ${size}`);
  return header;
}

/** The size of the file has been compared before, so nobody can ask for more memory than there are bytes. */
function readPart(file: number, bytes: number, shared: boolean): Uint8Array {
  // Not filled with zeros first: all of it is overwritten.
  const part = shared ? new Uint8Array(new SharedArrayBuffer(bytes)) : Buffer.allocUnsafeSlow(bytes);
  if (!readAll(file, part)) throw new Error("it has become shorter");
  return part;
}

function checksumOf(parts: readonly Uint8Array[]): number {
  let checksum = 0;
  for (const part of parts) {
    for (const portion of portions(part)) checksum = crc32(portion, checksum);
  }
  return checksum;
}

function isShared(buffer: ArrayBuffer | SharedArrayBuffer): buffer is SharedArrayBuffer {
  return buffer instanceof SharedArrayBuffer;
}
