import { move } from "piscina";
import { makeArray } from "./tasks.ts";

/** Piscina copies what a worker makes, unless it is told not to. */
export function make(number: number): unknown {
  return move(makeArray(number));
}

export { sumArray as sum } from "./tasks.ts";
