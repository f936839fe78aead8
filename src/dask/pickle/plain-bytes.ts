/**
 * The same memory as an Uint8Array that is nothing more. A Buffer is an Uint8Array too, but its
 * `slice` does not copy, and it is not what a receiver expects.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  const isPlain = Object.getPrototypeOf(bytes) === Uint8Array.prototype;
  return isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
