import { ClosureError } from "../errors.ts";
import { LARGEST_VALUE } from "./protocol.ts";

/** Why a value does not go to another process. */
export function tooLarge(subject: string, bytes: number): ClosureError {
  return new ClosureError(
    subject,
    [],
    `it takes ${bytes} bytes, and another process can be sent ${LARGEST_VALUE} bytes at most`,
    'divide it into several, or use worker threads, between which there is no limit (`kind: "threads"`)',
  );
}
