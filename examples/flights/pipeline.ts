import { CollectNode, op } from "../../src/index.ts";
import type { Inputs } from "./prepare.ts";
import { compare, load, loadFromSql, process, reduction, roll } from "./tasks.ts";

export interface PipelineOptions {
  readonly comparisons: number;
  readonly seed: number;
}

export type Pipeline = ReturnType<typeof pipeline>;

/** The whole computation. Nothing of it runs until an executor is given one of these nodes. */
export function pipeline(inputs: Inputs, { comparisons, seed }: PipelineOptions) {
  const pick = picker(seed);

  const files = inputs.files.map((file) => op(load, file));
  const reference = op(loadFromSql, inputs.reference);
  const processed = files.map((file) => op(process, file, reference));
  const rolled = processed.slice(2).map((third, i) => op(roll, processed[i]!, processed[i + 1]!, third));
  const compared = Array.from({ length: comparisons }, () => op(compare, pick(rolled), pick(rolled)));
  const best = op(reduction, new CollectNode(compared));

  return { compared, best };
}

/** Draws elements at random, and the same ones for the same seed (mulberry32). */
function picker(seed: number) {
  let state = seed;
  return <T>(items: readonly T[]): T => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return items[Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * items.length)] as T;
  };
}
