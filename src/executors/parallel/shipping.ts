import type { Library } from "../../closure/library.ts";
import { ClosureError } from "../../errors.ts";
import type { TaskGraph } from "../../graph/lower.ts";
import { NODE_FIELDS } from "../../nodes/node.ts";
import { type Encoded, encode } from "../../serialize/encode.ts";
import { survey } from "../../serialize/survey.ts";
import { Itself, LIBRARY_FUNCTIONS } from "../../structure.ts";
import { type AnyFunction, ONE_LIST, Ref } from "../../task.ts";
import { isNested, withHoles } from "../../worker/arguments.ts";
import {
  ALL_INPUTS,
  ENCODED_PAIR,
  ENCODED_RESULT,
  LIST_OF_INPUTS,
  LISTED,
  PLAIN_PAIR,
  PLAIN_RESULT,
} from "../../worker/protocol.ts";
import { tooLarge } from "../../worker/too-large.ts";
import { HOLE, type OrderQueue } from "./order-queue.ts";

/** A function as workers know it. */
interface Shipped {
  readonly number: number;
  /** Name among the library's own functions, or id of the definition. */
  readonly id: string;
  readonly isOwn: boolean;
  /** How many runs use it. */
  uses: number;
}

/** The functions of a run's tasks, by task; and what of the arguments was encoded beforehand. */
export interface Cargo {
  readonly functions: readonly (Shipped | undefined)[];
  readonly distinct: ReadonlySet<Shipped>;
  readonly encoded: ReadonlyMap<number, Encoded>;
  /** The tasks whose results meta functions see as chunks. */
  readonly described: ReadonlySet<number>;
}

const OWN = new Map([...LIBRARY_FUNCTIONS].map(([name, fn]) => [fn, name]));

/** Makes tasks ready to travel: functions once for all workers, arguments task by task. */
export class Shipping {
  readonly #library: Library;
  readonly #byId = new Map<string, Shipped>();
  readonly #largest: number;
  #numbers = 0;
  readonly #labels = new Map<string, number>();
  /** How many runs there are. */
  #loaded = 0;

  /** @param largest most bytes that the arguments of a task may take */
  constructor(library: Library, largest: number = Infinity) {
    this.#library = library;
    this.#largest = largest;
  }

  /**
   * Captures all functions of a run, as they are now.
   * @throws ClosureError for a function, or an argument, that cannot travel
   */
  load(graph: TaskGraph): Cargo {
    const known = new Map<AnyFunction, Shipped>();
    const functions = new Array<Shipped | undefined>(graph.size);
    const encoded = new Map<number, Encoded>();
    let lastFn: AnyFunction | undefined;
    let last: Shipped | undefined;
    for (let task = 0; task < graph.size; task++) {
      if (runsHere(graph, task)) continue;
      const fn = graph.fns[task];
      if (fn !== undefined) {
        if (fn !== lastFn) {
          last = known.get(fn) ?? this.#shipped(fn, graph, task);
          known.set(fn, last);
          lastFn = fn;
        }
        functions[task] = last;
      }
      const args = graph.args[task];
      if (args === undefined || args === ONE_LIST || (fn !== undefined && !isNested(args))) continue;
      // What needs the closure machinery may be refused by it, and that is to be known now.
      const { way, bytes } = survey(fn === undefined ? args[0] : args);
      if (bytes > this.#largest) throw tooLarge(this.#subjectOf(graph, task), bytes);
      if (way !== "plain") {
        encoded.set(task, this.#encode(graph, task, args));
      }
    }
    const distinct = new Set(known.values());
    for (const one of distinct) one.uses++;
    this.#loaded++;
    return { functions, distinct, encoded, described: inputsOfMetaTasks(graph) };
  }

  /** A run is over: what no other one uses is forgotten everywhere. */
  unload({ distinct }: Cargo, queues: readonly OrderQueue[]): void {
    const unused = [...distinct].filter((one) => --one.uses === 0 && !one.isOwn);
    for (const { id } of unused) this.#byId.delete(id);
    const forgotten = this.#library.forget(unused.map(({ id }) => id));
    for (const queue of queues) {
      for (const { number } of unused) queue.forgetFunction(number);
      for (const id of forgotten) queue.known.delete(id);
    }
    if (--this.#loaded > 0) return;
    // Every run may have labels of its own; here their numbers begin anew.
    this.#labels.clear();
    for (const queue of queues) queue.forgetLabels();
  }

  /** Number of a label, by which rows name it. */
  labelNumber(label: string): number {
    let number = this.#labels.get(label);
    if (number === undefined) {
      number = this.#labels.size;
      this.#labels.set(label, number);
    }
    return number;
  }

  /**
   * Adds the arguments of a task to what goes to a worker.
   * @returns their form
   * @throws ClosureError, or what structured clone throws, for an argument that cannot travel
   */
  addArguments(graph: TaskGraph, task: number, { encoded }: Cargo, queue: OrderQueue): number {
    const args = graph.args[task];
    if (args === undefined) return ALL_INPUTS;
    if (args === ONE_LIST) return LIST_OF_INPUTS;
    const isCall = graph.fns[task] !== undefined;
    if (isCall && !isNested(args)) {
      for (let i = 0; i < args.length; i++) {
        const arg = args[i];
        queue.addValue(arg instanceof Ref ? HOLE : arg);
      }
      return LISTED;
    }
    const { plain, data, uses, bytes } = encoded.get(task) ?? this.#encode(graph, task, args);
    queue.use(uses);
    queue.addValue(data, bytes);
    if (isCall) return plain ? PLAIN_PAIR : ENCODED_PAIR;
    return plain ? PLAIN_RESULT : ENCODED_RESULT;
  }

  #shipped(fn: AnyFunction, graph: TaskGraph, task: number): Shipped {
    const own = OWN.get(fn);
    const id = own ?? this.#library.capture(fn, graph.info(task).label).id;
    let shipped = this.#byId.get(id);
    if (shipped === undefined) {
      shipped = { number: this.#numbers++, id, isOwn: own !== undefined, uses: 0 };
      this.#byId.set(id, shipped);
    }
    return shipped;
  }

  #encode(graph: TaskGraph, task: number, args: readonly unknown[]): Encoded {
    const subject = this.#subjectOf(graph, task);
    if (graph.fns[task] === undefined) return encode(args[0], this.#library, subject);
    const start = graph.dependencyStart[task]!;
    const refs = graph.dependencyStart[task + 1]! - start - (graph.orderOnly.get(task) ?? 0);
    const travelling = args.map((arg) => (arg instanceof Itself ? new Itself(shellOf(arg.node)) : arg));
    try {
      return encode([withHoles(travelling, refs, HOLE), HOLE], this.#library, subject);
    } catch (problem) {
      throw problem instanceof ClosureError ? aboutArguments(problem) : problem;
    }
  }

  #subjectOf(graph: TaskGraph, task: number): string {
    return `the ${graph.fns[task] === undefined ? "value" : "arguments"} of "${graph.info(task).label}"`;
  }
}

/** True of tasks that run at the controller, whose functions and arguments stay here. */
export function runsHere({ metaTasks, leases }: TaskGraph, task: number): boolean {
  return (metaTasks.size > 0 && metaTasks.has(task)) || (leases.size > 0 && leases.has(task));
}

function inputsOfMetaTasks({ metaTasks, dependencyStart, dependencies }: TaskGraph): Set<number> {
  const inputs = new Set<number>();
  for (const task of metaTasks) {
    for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) inputs.add(dependencies[e]!);
  }
  return inputs;
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
