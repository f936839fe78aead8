import { availableParallelism, totalmem } from "node:os";

/** Bytes per unit; those of two letters are powers of 1000, as dask has it. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Whose share "auto" is. */
export interface Share {
  /** How many workers share the machine; if not given, the worker's threads say how large its share is. */
  readonly workersOnMachine?: number;
  readonly threads: number;
}

/**
 * How many bytes a worker may use, from what its user says: bytes (0: no limit), a text such as "4GB" or "500 MiB", or
 * "auto", its share of the machine. Never more than there are.
 *
 * @returns bytes; `undefined`: no limit
 * @throws RangeError: no amount of memory
 */
export function memoryLimitOf(
  limit: "auto" | number | string,
  { workersOnMachine, threads }: Share,
  machine: number = machineMemory(),
): number | undefined {
  if (limit === "auto") {
    const share = workersOnMachine === undefined ? threads / availableParallelism() : 1 / workersOnMachine;
    return Math.floor(machine * Math.min(1, share));
  }
  const bytes = typeof limit === "number" ? limit : bytesOf(limit);
  if (bytes === undefined || !(bytes >= 0)) {
    throw new RangeError(
      `memoryLimit must be "auto", bytes, or a text such as "4GB", not ${JSON.stringify(limit)}`,
    );
  }
  return bytes === 0 ? undefined : Math.floor(Math.min(bytes, machine));
}

function bytesOf(text: string): number | undefined {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = unit === undefined ? undefined : UNITS[unit.toLowerCase()];
  return factor === undefined ? undefined : Number(amount) * factor;
}

/** Bytes that the machine, or the container, has. */
export function machineMemory(): number {
  const allowed = process.constrainedMemory();
  // 0 or an enormous number where nothing is known.
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}
