import { ByteWriter } from "../pickle/byte-writer.ts";
import { DEEPEST } from "./msgpack-reader.ts";

/** Writes what msgpack has nothing for: the value to be written in its place, or undefined. */
export type Replace = (value: object) => object | undefined;

const nothing: Replace = () => undefined;
const shared = new ByteWriter();

/** Throws a `TypeError` for what has no form in msgpack: functions, symbols, objects of unknown classes. */
export function encodeMsgpack(value: unknown, replace: Replace = nothing): Uint8Array {
  shared.length = 0;
  write(shared, value, replace, 0);
  return shared.finish();
}

function write(writer: ByteWriter, value: unknown, replace: Replace, depth: number): void {
  if (typeof value === "string") writeText(writer, value);
  else if (typeof value === "number") writeNumber(writer, value);
  else if (typeof value === "boolean") writer.byte(value ? 0xc3 : 0xc2);
  else if (value === null || value === undefined) writer.byte(0xc0);
  else if (typeof value === "bigint") writeBigint(writer, value);
  else if (typeof value === "object") {
    if (depth >= DEEPEST) throw new TypeError(`a message is deeper than ${DEEPEST} levels`);
    writeObject(writer, value, replace, depth + 1);
  } else throw new TypeError(`a ${typeof value} has no form in msgpack`);
}

function writeObject(writer: ByteWriter, value: object, replace: Replace, depth: number): void {
  if (Array.isArray(value)) {
    writeLength(writer, value.length, 0x90, 0xdc);
    for (const item of value) write(writer, item, replace, depth);
  } else if (value instanceof Uint8Array) {
    writeBin(writer, value);
  } else if (value instanceof Map) {
    writeLength(writer, value.size, 0x80, 0xde);
    for (const [key, item] of value) {
      write(writer, key, replace, depth);
      write(writer, item, replace, depth);
    }
  } else if (value instanceof Set) {
    writeFields(writer, { __Set__: true, "as-list": [...value] }, replace, depth);
  } else if (isPlain(value)) {
    writeFields(writer, value as Record<string, unknown>, replace, depth);
  } else {
    const other = replace(value);
    if (other === undefined) throw new TypeError(`a ${value.constructor?.name} has no form in msgpack`);
    write(writer, other, replace, depth);
  }
}

/** Fields that are undefined are left out. */
function writeFields(
  writer: ByteWriter,
  fields: Record<string, unknown>,
  replace: Replace,
  depth: number,
): void {
  const names = Object.keys(fields);
  let count = 0;
  for (const name of names) if (fields[name] !== undefined) count++;
  writeLength(writer, count, 0x80, 0xde);
  for (const name of names) {
    const field = fields[name];
    if (field === undefined) continue;
    writeText(writer, name);
    write(writer, field, replace, depth);
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function writeText(writer: ByteWriter, text: string): void {
  if (writer.shortAscii(text, 0xa0, 31)) return;
  const length = Buffer.byteLength(text);
  if (length < 32) writer.byte(0xa0 + length);
  else if (length < 0x100) writer.byteAnd8(0xd9, length);
  else if (length < 0x10000) writer.byteAnd16(0xda, length);
  else writer.byteAnd32(0xdb, length);
  writer.text(text, length);
}

function writeBin(writer: ByteWriter, bytes: Uint8Array): void {
  const { byteLength } = bytes;
  if (byteLength < 0x100) writer.byteAnd8(0xc4, byteLength);
  else if (byteLength < 0x10000) writer.byteAnd16(0xc5, byteLength);
  else if (byteLength < 2 ** 32) writer.byteAnd32(0xc6, byteLength);
  else throw new TypeError("msgpack has no form for 4 GiB and more");
  writer.raw(bytes);
}

/** The number of entries of an array or a map: `small` with the count, or a tag and the count. */
function writeLength(writer: ByteWriter, length: number, small: number, tag: number): void {
  if (length < 16) writer.byte(small + length);
  else if (length < 0x10000) writer.byteAnd16(tag, length);
  else writer.byteAnd32(tag + 1, length);
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) writeInteger(writer, value);
  else writer.byteAndFloat(0xcb, value);
}

function writeInteger(writer: ByteWriter, value: number): void {
  if (value >= 0) {
    if (value < 0x80) writer.byte(value);
    else if (value < 0x100) writer.byteAnd8(0xcc, value);
    else if (value < 0x10000) writer.byteAnd16(0xcd, value);
    else if (value < 2 ** 32) writer.byteAnd32(0xce, value);
    else writer.byteAnd64(0xcf, BigInt(value));
  } else if (value >= -0x20) writer.byte(value & 0xff);
  else if (value >= -0x80) writer.byteAnd8(0xd0, value & 0xff);
  else if (value >= -0x8000) writer.byteAnd16(0xd1, value & 0xffff);
  else if (value >= -0x8000_0000) writer.byteAnd32(0xd2, value >>> 0);
  else writer.byteAnd64(0xd3, BigInt.asUintN(64, BigInt(value)));
}

function writeBigint(writer: ByteWriter, value: bigint): void {
  if (value >= -(2n ** 53n) && value <= 2n ** 53n) writeInteger(writer, Number(value));
  else if (value >= 0 && value < 2n ** 64n) writer.byteAnd64(0xcf, value);
  else if (value < 0 && value >= -(2n ** 63n)) writer.byteAnd64(0xd3, BigInt.asUintN(64, value));
  else throw new TypeError(`${value} is larger than integers of msgpack`);
}
