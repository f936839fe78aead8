import type { Library } from "../../closure/library.ts";
import type { TaskGraph } from "../../graph/lower.ts";
import { type AnyFunction, ONE_LIST, Ref } from "../../task.ts";
import { isNested } from "../../worker/arguments.ts";
import {
  ALL_INPUTS,
  ENCODED_PAIR,
  ENCODED_RESULT,
  LIST_OF_INPUTS,
  LISTED,
  PLAIN_PAIR,
  PLAIN_RESULT,
} from "../../worker/protocol.ts";
import { encodeArguments, HOLE, type Luggage, libraryNameOf, readyToTravel } from "../travel.ts";
import type { OrderQueue } from "./order-queue.ts";

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
export interface Cargo extends Luggage<Shipped> {
  /** The tasks whose results meta functions see as chunks. */
  readonly described: ReadonlySet<number>;
}

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
    const { functions, distinct, encoded } = readyToTravel(graph, {
      library: this.#library,
      largest: this.#largest,
      functionOf: (fn, label) => this.#shipped(fn, label),
    });
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
    const { plain, data, uses, bytes } =
      encoded.get(task) ?? encodeArguments(graph, task, args, this.#library);
    queue.use(uses);
    queue.addValue(data, bytes);
    if (isCall) return plain ? PLAIN_PAIR : ENCODED_PAIR;
    return plain ? PLAIN_RESULT : ENCODED_RESULT;
  }

  #shipped(fn: AnyFunction, label: () => string): Shipped {
    const own = libraryNameOf(fn);
    const id = own ?? this.#library.capture(fn, label()).id;
    let shipped = this.#byId.get(id);
    if (shipped === undefined) {
      shipped = { number: this.#numbers++, id, isOwn: own !== undefined, uses: 0 };
      this.#byId.set(id, shipped);
    }
    return shipped;
  }
}

function inputsOfMetaTasks({ metaTasks, dependencyStart, dependencies }: TaskGraph): Set<number> {
  const inputs = new Set<number>();
  for (const task of metaTasks) {
    for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) inputs.add(dependencies[e]!);
  }
  return inputs;
}
