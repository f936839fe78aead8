/** Smaller blocks are as quickly copied. */
export const LARGE = 65_536;

/**
 * True of a block of memory that is worth being handed over to another thread, and that Node would
 * hand over: not resizable, not of a `WebAssembly.Memory`, not marked as untransferable (the pool that
 * Buffers share, for example).
 */
export function canBeTransferred(memory: ArrayBuffer): boolean {
  if (memory.byteLength < LARGE || isResizable(memory)) return false;
  if (transferable.has(memory)) return true;
  const found = isTransferable(memory);
  if (found) transferable.add(memory);
  return found;
}

/** To find it out costs an error each time, and values are looked at more than once. */
const transferable = new WeakSet<ArrayBuffer>();

/** True of memory that Node would hand over to another thread, if it is not detached. */
function isTransferable(memory: ArrayBuffer): boolean {
  try {
    // Refused in any case, as it is listed twice; but only after having been found transferable.
    structuredClone(undefined, { transfer: [memory, memory] });
    return false;
  } catch (error) {
    return /duplicate/i.test((error as Error).message);
  }
}

/** True of memory that Node shares out among many Buffers: what leaves this process does not contain what others have there. */
export function isPool(buffer: ArrayBuffer): boolean {
  return buffer.byteLength === Buffer.poolSize && !isTransferable(buffer);
}

export function isResizable(memory: ArrayBufferLike): boolean {
  return "resizable" in memory && memory.resizable === true;
}

/** True of memory that has been transferred to another thread. */
export function isDetached(memory: ArrayBufferLike): boolean {
  if (memory.byteLength > 0) return false;
  try {
    new Uint8Array(memory);
    return false;
  } catch {
    return true;
  }
}
