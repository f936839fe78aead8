import type { Random } from "../../test/support/random.ts";
import { type ChaosError, type Kind, produce } from "./chaos-tasks.ts";

interface ChaosTask {
  readonly kind: Kind;
  readonly seed: number;
  /** See `perform`. */
  readonly wait: number;
  /** Places of tasks before this one in the graph. */
  readonly inputs: readonly number[];
}

export interface ChaosGraph {
  readonly tasks: readonly ChaosTask[];
  /** Places of those whose results are wanted; all that nothing else needs are among them. */
  readonly outputs: readonly number[];
}

/** What must come of a task: its value, or one of the failures, of this task or of what it needs. */
export type Expected = { readonly value: unknown } | { readonly failures: ReadonlySet<number> };

/** So many tasks at most; most graphs have far fewer. */
const MOST_TASKS = 80;

/** A graph by lot: wide or deep, quick or slow, with failures or without. */
export function randomGraph(random: Random): ChaosGraph {
  const size = 1 + random.below(random.chance(0.2) ? MOST_TASKS : 25);
  // How far back inputs may be: chains at one end, bushes at the other.
  const reach = 1 + random.below(random.chance(0.3) ? 3 : size);
  const slow = random.chance(0.3) ? 0.3 : 0.05;
  const failing = random.chance(0.3) ? 0.05 : 0;
  const tasks = Array.from({ length: size }, (_, i): ChaosTask => {
    const most = random.chance(0.05) ? 20 : 4;
    const count = i === 0 ? 0 : random.below(Math.min(most, i) + 1);
    return {
      kind: random.chance(failing) ? "failing" : random.pick(KINDS),
      seed: 1 + random.below(2 ** 30),
      wait: random.chance(slow) ? waitOf(random) : 0,
      // The same input twice now and then.
      inputs: Array.from({ length: count }, () => Math.max(0, i - 1 - random.below(reach))),
    };
  });
  const needed = new Set(tasks.flatMap(({ inputs }) => inputs));
  const outputs = tasks.flatMap((_, i) => (needed.has(i) && !random.chance(0.1) ? [] : [i]));
  return { tasks, outputs };
}

const KINDS: readonly Kind[] = ["number", "number", "number", "text", "record", "own", "array", "bytes"];

function waitOf(random: Random): number {
  return random.chance(0.7) ? 20 + random.below(250) : -(5 + random.below(60));
}

/** What comes of each task if all are done in turn. */
export function evaluate({ tasks }: ChaosGraph): readonly Expected[] {
  const found: Expected[] = [];
  for (const { kind, seed, inputs } of tasks) {
    const needed = inputs.map((input) => found[input]!);
    const failures = needed.flatMap((one) => ("failures" in one ? [...one.failures] : []));
    if (failures.length > 0) found.push({ failures: new Set(failures) });
    else found.push(outcomeOf(() => produce(kind, seed, needed.map(valueIn))));
  }
  return found;
}

function outcomeOf(call: () => unknown): Expected {
  try {
    return { value: call() };
  } catch (error) {
    return { failures: new Set([(error as ChaosError).seed]) };
  }
}

function valueIn(expected: Expected): unknown {
  return "value" in expected ? expected.value : undefined;
}
