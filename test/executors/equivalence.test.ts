import {
  AsyncExecutor,
  CollectNode,
  DataNode,
  DependencyError,
  type DispatchNode,
  type DispatchResult,
  delayed,
  type Executor,
  SequentialExecutor,
} from "dispatch-graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/**
 * Random graphs give the same results and the same errors on every executor, and those that a
 * plain recursive evaluation gives.
 */

/** One node; its arguments are nodes before it, by their distance modulo its own number. */
interface Spec {
  readonly kind: "sum" | "nested" | "named" | "later" | "data" | "list" | "element" | "fails" | "sometimes";
  readonly from: readonly number[];
  readonly number: number;
}

const spec: fc.Arbitrary<Spec> = fc.record({
  kind: fc.constantFrom<Spec["kind"]>(
    "sum",
    "sum",
    "nested",
    "named",
    "later",
    "data",
    "list",
    "element",
    "fails",
    "sometimes",
  ),
  from: fc.array(fc.nat(), { maxLength: 4 }),
  number: fc.integer({ min: 0, max: 4 }),
});

interface Graph {
  readonly specs: readonly Spec[];
  readonly outputs: readonly number[];
}

const graph: fc.Arbitrary<Graph> = fc.record({
  specs: fc.array(spec, { minLength: 1, maxLength: 40 }),
  outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
});

/** What becomes of a node: a value, or the label of the node that failed and the way from there. */
type Outcome = { readonly value: unknown } | { readonly path: readonly string[]; readonly message: string };

class Failure extends Error {}

/** A number that depends on every part of a value, so that a wrong part shows. */
function digest(value: unknown): number {
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value.reduce((sum, one, i) => (sum * 31 + digest(one) + i) % 1_000_003, 7);
  return digest(Object.values(value as object)) + 1;
}

const functions = {
  sum: (number: number, ...values: unknown[]) => digest([number, values]),
  nested: (number: number, given: unknown) => digest([number, given]),
  named: (given: object) => digest(given),
  later: async (number: number, ...values: unknown[]) => {
    for (let i = 0; i < number; i++) await null;
    return digest([number, values]);
  },
  fails: (number: number, ..._values: unknown[]) => {
    throw new Failure(`always ${number}`);
  },
  sometimes: async (number: number, ...values: unknown[]) => {
    const all = digest([number, values]);
    if (all % 3 === 0) throw new Failure(`because of ${all}`);
    return all;
  },
};

/** The nodes of a graph, each with the evaluation that it stands for. */
function build(specs: readonly Spec[]): { nodes: DispatchNode[]; evaluate: ((of: Evaluate) => Outcome)[] } {
  const nodes: DispatchNode[] = [];
  const evaluate: ((of: Evaluate) => Outcome)[] = [];
  for (const [n, { kind, from, number }] of specs.entries()) {
    const sources = n === 0 ? [] : from.map((distance) => n - 1 - (distance % n));
    const args = sources.map((source) => nodes[source]!);
    const label = `${kind} ${n}`;
    const call = (...parts: unknown[]) =>
      delayed(functions[kind as "sum"], { label })(...(parts as [number]));
    const values = (of: Evaluate, then: (values: unknown[]) => unknown): Outcome => {
      const outcomes = sources.map(of);
      const failed = outcomes.find((one) => "path" in one);
      if (failed !== undefined) return { ...failed, path: [...failed.path, label] };
      try {
        return { value: then(outcomes.map((one) => (one as { value: unknown }).value)) };
      } catch (error) {
        return { path: [label], message: (error as Error).message };
      }
    };
    switch (kind) {
      case "data":
        nodes.push(new DataNode(number, { label }));
        evaluate.push(() => ({ value: number }));
        break;
      case "list":
        nodes.push(new CollectNode(args, { label }));
        evaluate.push((of) => values(of, (all) => all));
        break;
      case "element": {
        // Of a list that may be too short for it.
        const list = new CollectNode(args, { label: `list of ${label}` });
        nodes.push(list.at(number).with({ label }));
        evaluate.push((of) => {
          const outcome = values(of, (all) => all);
          if ("path" in outcome)
            return { ...outcome, path: [...outcome.path.slice(0, -1), `list of ${label}`, label] };
          const all = outcome.value as unknown[];
          if (number < all.length) return { value: all[number] };
          return { path: [label], message: `index ${number} is out of range` };
        });
        break;
      }
      case "nested":
        nodes.push(call(number, { deep: [args] }));
        evaluate.push((of) => values(of, (all) => functions.nested(number, { deep: [all] })));
        break;
      case "named":
        nodes.push(call({ number, args, more: { first: args[0] ?? 0 } }));
        evaluate.push((of) =>
          values(of, (all) => functions.named({ number, args: all, more: { first: all[0] ?? 0 } })),
        );
        break;
      case "later":
        nodes.push(call(number, ...args));
        evaluate.push((of) => values(of, (all) => functions.sum(number, ...all)));
        break;
      case "sometimes":
        nodes.push(call(number, ...args));
        evaluate.push((of) =>
          values(of, (all) => {
            const value = digest([number, all]);
            if (value % 3 === 0) throw new Failure(`because of ${value}`);
            return value;
          }),
        );
        break;
      default:
        nodes.push(call(number, ...args));
        evaluate.push((of) => values(of, (all) => functions[kind](number, ...all)));
    }
  }
  return { nodes, evaluate };
}

type Evaluate = (n: number) => Outcome;

/** Each node once, from its dependencies, without any of the library. */
function directly(evaluate: readonly ((of: Evaluate) => Outcome)[]): Evaluate {
  const known = new Map<number, Outcome>();
  const of: Evaluate = (n) => {
    const outcome = known.get(n) ?? evaluate[n]!(of);
    known.set(n, outcome);
    return outcome;
  };
  return of;
}

async function outcomeOf(result: DispatchResult): Promise<Outcome> {
  if (result.ok) return { value: await result.fetch() };
  const { path, cause } = result.unwrapError();
  return { path, message: cause.message };
}

const executors: [string, () => Executor][] = [
  ["SequentialExecutor", () => new SequentialExecutor()],
  ["AsyncExecutor", () => new AsyncExecutor()],
  ["AsyncExecutor, one task at a time", () => new AsyncExecutor({ concurrency: 1 })],
  ["AsyncExecutor, three tasks at a time", () => new AsyncExecutor({ concurrency: 3 })],
  ["AsyncExecutor, always in a hurry", () => new AsyncExecutor({ yieldAfter: 1e-3 })],
];

/** A random graph, run with `throwError: false`: what became of each output, and what should have. */
async function compared(create: () => Executor, { specs, outputs }: Graph): Promise<[Outcome, Outcome][]> {
  const { nodes, evaluate } = build(specs);
  const expected = directly(evaluate);
  const wanted = outputs.map((output) => output % nodes.length);
  const executor = create();
  const found = await executor.run(
    wanted.map((n) => nodes[n]!),
    { throwError: false },
  );
  const outcomes = await Promise.all(found.map(outcomeOf));
  await executor.close();
  expect(executor.stats().bytesHeld).toBe(0);
  return wanted.map((n, i) => [outcomes[i]!, expected(n)]);
}

describe.each(executors)("random graphs on %s", (_, create) => {
  it("give the results that a direct evaluation gives", async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (one) => {
        for (const [outcome, expected] of await compared(create, one)) {
          if ("path" in expected) expect(outcome).toHaveProperty("path");
          else expect(outcome).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("give the errors that a direct evaluation gives", async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (one) => {
        for (const [outcome, expected] of await compared(create, one)) {
          if (!("path" in expected && "path" in outcome)) continue;
          expect(outcome.path).toEqual(expected.path);
          expect(outcome.message).toContain(expected.message);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("reject with the failure of one of them, or give all results", async () => {
    await fc.assert(
      fc.asyncProperty(graph, async ({ specs, outputs }) => {
        const { nodes, evaluate } = build(specs);
        const expected = directly(evaluate);
        const wanted = outputs.map((output) => output % nodes.length);
        const executor = create();
        const running = executor.run(wanted.map((n) => nodes[n]!));
        const failing = wanted.filter((n) => "path" in expected(n));
        if (failing.length === 0) {
          const values = await Promise.all((await running).map((one) => one.fetch()));
          expect(values).toEqual(wanted.map((n) => (expected(n) as { value: unknown }).value));
        } else {
          const error = await running.catch((reason) => reason);
          expect(error).toBeInstanceOf(DependencyError);
          expect(failing.map((n) => nodes[n]!.label)).toContain(error.path.at(-1));
          expect(error.path[0]).toBe(error.label);
        }
        expect(executor.stats().runs).toBe(0);
        await executor.close();
      }),
      { numRuns: 150 },
    );
  });
});
