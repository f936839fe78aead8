import { types } from "node:util";
import { Deserializer, Serializer } from "node:v8";
import type { Packed } from "./frames.ts";

/**
 * Messages as bytes: V8's own format, which is what structured clone takes, with large buffers
 * beside the body. What structured clone keeps is kept: several views of one buffer still share
 * it, and a Buffer arrives as Uint8Array. A SharedArrayBuffer arrives as a new one with the same
 * content, as processes share no memory.
 */

/** From so many bytes on the buffer of a view lies beside the body. */
const LARGE = 64 * 1024;

type ViewConstructor = new (buffer: ArrayBufferLike, start: number, length: number) => ArrayBufferView;

/** The kinds of views by number; not all of them exist in every version of Node. */
const VIEWS = [
  ...["DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array"],
  ...["Uint32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "Float16Array"],
].map((name) => ({
  name,
  View: (globalThis as Record<string, unknown>)[name] as ViewConstructor | undefined,
}));
const KINDS = new Map(VIEWS.map(({ name }, kind) => [name, kind]));
/** Stands for a SharedArrayBuffer where the number of a kind of view is expected. */
const SHARED_BUFFER = VIEWS.length;

/** V8's tag of what a delegate writes. */
const HOST_OBJECT = Uint8Array.of(0x5c);
/** What V8 writes for a SharedArrayBuffer of id 0: its tag and the id. */
const SHARED_BUFFER_TAG = 2;

/**
 * Throws a `DataCloneError` if the message holds what cannot be cloned. Buffers in `direct` lie beside the body,
 * too. Of those that are a pool of memory for many purposes, nothing is taken along but what views show.
 */
export function pack(message: unknown, direct: readonly ArrayBuffer[] = [], isPool: IsPool = none): Packed {
  const packer = new Packer(isPool);
  for (const buffer of direct) {
    if (buffer.byteLength >= LARGE && !isResizable(buffer)) packer.putAside(buffer);
  }
  packer.writeHeader();
  packer.writeValue(message);
  return { body: packer.releaseBuffer(), buffers: packer.buffers };
}

/**
 * Throws if the body is not what `pack` writes. Where a SharedArrayBuffer was, there may be an ArrayBuffer: the views
 * are of that, then.
 */
export function unpack({ body, buffers }: Packed): unknown {
  const unpacker = new Unpacker(body, buffers);
  unpacker.readHeader();
  return unpacker.readValue();
}

type IsPool = (buffer: ArrayBuffer) => boolean;
const none: IsPool = () => false;

class Packer extends Serializer {
  readonly #isPool: IsPool;
  /** What is shown of pools, at its place. */
  readonly #shown = new Map<ArrayBuffer, Uint8Array>();
  readonly buffers: (ArrayBuffer | SharedArrayBuffer)[] = [];
  readonly #numbers = new Map<ArrayBuffer | SharedArrayBuffer, number>();

  constructor(isPool: IsPool) {
    super();
    this.#isPool = isPool;
    // Missing in the types only.
    (
      this as unknown as { _setTreatArrayBufferViewsAsHostObjects(on: boolean): void }
    )._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** V8 writes the buffer's number from now on, unless it has written the buffer itself already. */
  putAside(buffer: ArrayBuffer): void {
    if (this.#numbers.has(buffer)) return;
    this.transferArrayBuffer(this.#number(buffer), buffer);
  }

  /** A view is written as its kind, its place and its buffer. */
  _writeHostObject(object: object): void {
    if (!ArrayBuffer.isView(object)) {
      throw this._getDataCloneError(`${Object.prototype.toString.call(object)} could not be cloned.`);
    }
    this.writeUint32(KINDS.get(Object.prototype.toString.call(object).slice(8, -1)) ?? 0);
    this.writeDouble(object.byteOffset);
    this.writeDouble("length" in object ? (object.length as number) : object.byteLength);
    const { buffer } = object;
    if (buffer instanceof ArrayBuffer && !isResizable(buffer)) {
      if (this.#isPool(buffer)) this.#show(buffer, object);
      else if (buffer.byteLength >= LARGE) this.putAside(buffer);
    }
    this.writeValue(buffer);
  }

  #show(pool: ArrayBuffer, { byteOffset, byteLength }: ArrayBufferView): void {
    let shown = this.#shown.get(pool);
    if (shown === undefined) {
      shown = new Uint8Array(pool.byteLength);
      this.#shown.set(pool, shown);
      this.transferArrayBuffer(this.#number(shown.buffer), pool);
    }
    shown.set(new Uint8Array(pool, byteOffset, byteLength), byteOffset);
  }

  /**
   * Node's Deserializer knows no shared buffers. So one is written as an object of ours, and what V8
   * writes after this call, its tag and the number returned, is skipped by the reader.
   */
  _getSharedArrayBufferId(buffer: SharedArrayBuffer): number {
    this.writeRawBytes(HOST_OBJECT);
    this.writeUint32(SHARED_BUFFER);
    this.writeUint32(this.#number(buffer));
    return 0;
  }

  _getDataCloneError(message: string): Error {
    return new DOMException(message, "DataCloneError");
  }

  #number(buffer: ArrayBuffer | SharedArrayBuffer): number {
    const number = this.#numbers.get(buffer) ?? this.buffers.push(buffer) - 1;
    this.#numbers.set(buffer, number);
    return number;
  }
}

class Unpacker extends Deserializer {
  readonly #buffers: Packed["buffers"];

  constructor(body: Uint8Array, buffers: Packed["buffers"]) {
    super(body);
    this.#buffers = buffers;
    buffers.forEach((buffer, number) => {
      if (buffer instanceof ArrayBuffer) this.transferArrayBuffer(number, buffer);
    });
  }

  _readHostObject(): object {
    const kind = this.readUint32();
    if (kind === SHARED_BUFFER) {
      const buffer = this.#buffers[this.readUint32()];
      if (buffer === undefined) throw new Error("no such shared buffer");
      this.readRawBytes(SHARED_BUFFER_TAG);
      return buffer;
    }
    const View = VIEWS[kind]?.View;
    if (View === undefined) throw new Error(`there is no view of kind ${kind}`);
    const start = this.readDouble();
    const length = this.readDouble();
    const buffer: unknown = this.readValue();
    if (!types.isAnyArrayBuffer(buffer)) throw new Error("a view has no buffer");
    return new View(buffer, start, length);
  }
}

/** V8 writes these itself, with the size that they may grow to. */
function isResizable(buffer: ArrayBuffer): boolean {
  return (buffer as { readonly resizable?: boolean }).resizable === true;
}
