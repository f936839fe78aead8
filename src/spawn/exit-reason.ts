import { messageOf } from "../shown.ts";
import type { ExitReason } from "./spawn.ts";

const OUT_OF_MEMORY = "ERR_WORKER_OUT_OF_MEMORY";

/** How a worker has ended, in words that follow its name. */
export function describeExit({ code, signal, error }: ExitReason): string {
  if (isOutOfMemory(error)) return "ran out of memory";
  if (error !== undefined) return `ended with an error: ${messageOf(error)}`;
  return signal !== null ? `was ended by ${signal}` : `exited with code ${code}`;
}

/** A process that runs out of memory says so before it aborts, and nowhere else. */
export function outOfMemoryError(lastWords: string): Error | undefined {
  if (!/heap out of memory|heap limit|allocation failed/i.test(lastWords)) return undefined;
  return Object.assign(new Error("the worker's process ran out of memory"), { code: OUT_OF_MEMORY });
}

function isOutOfMemory(error: Error | undefined): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === OUT_OF_MEMORY;
}
