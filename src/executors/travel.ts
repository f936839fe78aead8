import type { Library } from "../closure/library.ts";
import { ClosureError } from "../errors.ts";
import type { TaskGraph } from "../graph/lower.ts";
import { NODE_FIELDS } from "../nodes/node.ts";
import { type Encoded, encode } from "../serialize/encode.ts";
import { survey } from "../serialize/survey.ts";
import { Itself, LIBRARY_FUNCTIONS } from "../structure.ts";
import { type AnyFunction, ONE_LIST, Ref } from "../task.ts";
import { isNested, withHoles } from "../worker/arguments.ts";
import { tooLarge } from "../worker/too-large.ts";

/** Stands in the arguments of travelling tasks for inputs. */
export const HOLE: object = {};

/** What is known of a run's tasks before the first of them leaves. `F` is a function as those who run it know it. */
export interface Luggage<F> {
  /** By task; of data, and of tasks that run here, there is none. */
  readonly functions: readonly (F | undefined)[];
  readonly distinct: ReadonlySet<F>;
  /** Arguments, or data, by task, as far as they need more than structured clone. */
  readonly encoded: ReadonlyMap<number, Encoded>;
}

/** How tasks are made ready to travel. */
export interface TravelParts<F> {
  readonly library: Library;
  /** Most bytes that the arguments of a task may take. */
  readonly largest: number;
  /** Captures a function; asked once for each. */
  readonly functionOf: (fn: AnyFunction, label: () => string) => F;
}

const OWN = new Map([...LIBRARY_FUNCTIONS].map(([name, fn]) => [fn, name]));

/** The name of one of the library's own functions, which every worker has. */
export function libraryNameOf(fn: AnyFunction): string | undefined {
  return OWN.get(fn);
}

/**
 * Captures all functions of a run, as they are now, and what of its arguments may be refused.
 * @throws ClosureError for a function, or an argument, that cannot travel
 */
export function readyToTravel<F>(
  graph: TaskGraph,
  { library, largest, functionOf }: TravelParts<F>,
): Luggage<F> {
  const known = new Map<AnyFunction, F>();
  const functions = new Array<F | undefined>(graph.size);
  const encoded = new Map<number, Encoded>();
  let lastFn: AnyFunction | undefined;
  let last: F | undefined;
  for (let task = 0; task < graph.size; task++) {
    if (runsHere(graph, task)) continue;
    const fn = graph.fns[task];
    if (fn !== undefined) {
      if (fn !== lastFn) {
        last = known.get(fn) ?? functionOf(fn, () => graph.info(task).label);
        known.set(fn, last);
        lastFn = fn;
      }
      functions[task] = last;
    }
    const args = graph.args[task];
    if (args === undefined || args === ONE_LIST || (fn !== undefined && !isNested(args))) continue;
    // What needs the closure machinery may be refused by it, and that is to be known now.
    const { way, bytes } = survey(fn === undefined ? args[0] : args);
    if (bytes > largest) throw tooLarge(subjectOf(graph, task), bytes);
    if (way !== "plain") encoded.set(task, encodeArguments(graph, task, args, library));
  }
  return { functions, distinct: new Set(known.values()), encoded };
}

/**
 * The arguments of a call and their hole, as a pair; or data.
 * @throws ClosureError if they cannot travel
 */
export function encodeArguments(
  graph: TaskGraph,
  task: number,
  args: readonly unknown[],
  library: Library,
): Encoded {
  const subject = subjectOf(graph, task);
  if (graph.fns[task] === undefined) return encode(args[0], library, subject);
  const start = graph.dependencyStart[task]!;
  const refs = graph.dependencyStart[task + 1]! - start - (graph.orderOnly.get(task) ?? 0);
  const travelling = args.map((arg) => (arg instanceof Itself ? new Itself(shellOf(arg.node)) : arg));
  try {
    return encode([withHoles(travelling, refs, HOLE), HOLE], library, subject);
  } catch (problem) {
    throw problem instanceof ClosureError ? aboutArguments(problem) : problem;
  }
}

function subjectOf(graph: TaskGraph, task: number): string {
  return `the ${graph.fns[task] === undefined ? "value" : "arguments"} of "${graph.info(task).label}"`;
}

/** True of tasks that run at the controller, whose functions and arguments stay here. */
export function runsHere({ metaTasks, leases }: TaskGraph, task: number): boolean {
  return (metaTasks.size > 0 && metaTasks.has(task)) || (leases.size > 0 && leases.has(task));
}

/** The path begins with the pair that travels, which is nothing of the user's. */
function aboutArguments({ path, reason }: ClosureError): ClosureError {
  const [subject = "", , argument = "", ...steps] = path;
  const position = /\d+/.exec(argument);
  const named = position === null ? argument : `argument ${Number(position[0]) + 1}`;
  return new ClosureError(
    subject,
    [named, ...steps],
    reason,
    "pass what can be copied, or make it inside the function",
  );
}

/** A node of a user's type without what is the library's; of other nodes it keeps only their labels. */
function shellOf(node: object): Itself["node"] {
  const shell: Record<string, unknown> = Object.create(Object.getPrototypeOf(node));
  for (const [name, value] of Object.entries(node)) {
    if (!NODE_FIELDS.has(name)) shell[name] = withoutNodes(value);
  }
  return shell as unknown as Itself["node"];
}

function withoutNodes(value: unknown): unknown {
  if (value instanceof Ref) return { label: (value as { label?: unknown }).label };
  return Array.isArray(value) ? value.map(withoutNodes) : value;
}
