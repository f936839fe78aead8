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

/** Node shows the line that threw, marks it with a caret, and after that says what was thrown. */
const UNCAUGHT = /^\s*\^+\s*\n+([\s\S]+?)(?=\n {4}at |\n\s*\n|\n\(Use `node)/gm;

/** A process that ends of an error that nobody caught says so before, and then which Node it is. */
export function uncaughtError(lastWords: string): Error | undefined {
  if (!/^Node\.js v[\d.]+\S*\s*$/m.test(lastWords)) return undefined;
  const text = [...lastWords.matchAll(UNCAUGHT)].at(-1)?.[1];
  return text === undefined ? undefined : Object.assign(new Error(text), { stack: lastWords.trim() });
}

function isOutOfMemory(error: Error | undefined): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === OUT_OF_MEMORY;
}
