import { isDeepStrictEqual } from "node:util";
import { shown } from "../../src/shown.ts";
import type { Expected } from "./chaos-graph.ts";

/** What has happened, and what of it was wrong. */
export class Counts {
  rounds = 0;
  tasks = 0;
  /** Results that were right. */
  results = 0;
  /** Failures that were right. */
  failures = 0;
  cancelled = 0;
  released = 0;
  /** Scattered values that were lost with their workers. */
  lost = 0;
  killed = 0;
  left = 0;
  retired = 0;
  frozen = 0;
  cut = 0;
  joined = 0;
  replicated = 0;
  rebalanced = 0;
  readonly wrong: string[] = [];

  /** @param found A value, or the error in its place. */
  compare(what: string, found: unknown, expected: Expected): void {
    if ("value" in expected) {
      if (isDeepStrictEqual(found, expected.value)) this.results++;
      else this.wrong.push(`${what} is ${shown(found)} and not ${shown(expected.value)}`);
    } else if (
      found instanceof Error &&
      found.name === "ChaosError" &&
      expected.failures.has((found as Error & { readonly seed: number }).seed)
    ) {
      this.failures++;
    } else {
      this.wrong.push(`${what} is ${shown(found)} and not a failure of ${[...expected.failures].join(", ")}`);
    }
  }

  toString(): string {
    return summed([this]);
  }
}

/** All that happened, as a text. */
export function summed(all: readonly Counts[]): string {
  const sums = new Map<string, number>();
  for (const [name, count] of all.flatMap((counts) => Object.entries(counts))) {
    if (typeof count === "number") sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return [...sums].map(([name, count]) => `${count} ${name}`).join(", ");
}
