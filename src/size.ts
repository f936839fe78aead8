import { survey } from "./serialize/survey.ts";

/**
 * Roughly how much memory a value takes, in bytes: what it holds itself and through arrays, objects,
 * Maps and Sets, shared parts once, the memory behind a view as a whole. Functions count as nothing.
 */
export function sizeOf(value: unknown): number {
  return survey(value).bytes;
}
