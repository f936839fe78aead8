import type { Library } from "../../closure/library.ts";
import { encodeArguments, type Luggage, libraryNameOf, readyToTravel } from "../../executors/travel.ts";
import type { TaskGraph } from "../../graph/lower.ts";
import { encode } from "../../serialize/encode.ts";
import { type AnyFunction, ONE_LIST } from "../../task.ts";
import { isNested } from "../../worker/arguments.ts";
import {
  ALL_INPUTS,
  ENCODED_PAIR,
  ENCODED_RESULT,
  LARGEST_VALUE,
  LIST_OF_INPUTS,
  LISTED,
  PLAIN_PAIR,
  PLAIN_RESULT,
} from "../../worker/protocol.ts";
import { type ArgumentsData, argumentBytes, type TaskNotes } from "./argument-bytes.ts";
import { dataBytes, functionBytes, ownFunctionBytes } from "./function-bytes.ts";

/** What the client wants to be told of the tasks of a run. */
export interface Wishes {
  /** Where it listens. */
  readonly topic: string;
  readonly isWatched: (task: number) => boolean;
  readonly isDescribed: (task: number) => boolean;
}

/** A function as workers get it. */
interface Written {
  /** Of its definition; the library's own functions have none. */
  readonly id: string | undefined;
  readonly bytes: Uint8Array;
  /** How many runs use it. */
  uses: number;
}

/** The tasks of a run, and what of them was made ready beforehand. */
export interface Cargo extends Luggage<Written> {
  readonly graph: TaskGraph;
  readonly wishes: Wishes | undefined;
}

/**
 * Makes tasks ready for a cluster: each is function bytes and argument bytes. The dependencies of a task on the wire are
 * those in the graph, in their order, with those that only order at the end.
 */
export class TaskWriter {
  readonly #library: Library;
  readonly #byId = new Map<string, Written>();
  readonly #own = new Map<string, Written>();
  readonly #data: Uint8Array = dataBytes();

  constructor(library: Library) {
    this.#library = library;
  }

  /**
   * Captures all functions of a run, as they are now.
   * @throws ClosureError for a function, or an argument, that cannot travel
   */
  load(graph: TaskGraph, wishes?: Wishes): Cargo {
    const luggage = readyToTravel(graph, {
      library: this.#library,
      largest: LARGEST_VALUE,
      functionOf: (fn, label) => this.#written(fn, label),
    });
    for (const one of luggage.distinct) one.uses++;
    return { ...luggage, graph, wishes };
  }

  /** A run is over: what no other one uses is forgotten. */
  unload({ distinct }: Cargo): void {
    const unused: string[] = [];
    for (const one of distinct) if (--one.uses === 0 && one.id !== undefined) unused.push(one.id);
    for (const id of unused) this.#byId.delete(id);
    this.#library.forget(unused);
  }

  /** The same bytes, not to be changed, for all tasks of a function. Data have function bytes, too. */
  functionBytes({ functions }: Cargo, task: number): Uint8Array {
    return functions[task]?.bytes ?? this.#data;
  }

  /** @throws ClosureError, or what structured clone throws, for an argument that cannot travel */
  argumentBytes({ graph, wishes, encoded }: Cargo, task: number): Uint8Array {
    const watched = wishes?.isWatched(task) ?? false;
    const described = wishes?.isDescribed(task) ?? false;
    const notes: TaskNotes = {
      label: graph.info(task).label,
      node: graph.idOf(task),
      topic: watched || described ? wishes?.topic : undefined,
      watched,
      described,
    };
    const orderOnly = graph.orderOnly.size === 0 ? 0 : (graph.orderOnly.get(task) ?? 0);
    return argumentBytes(notes, orderOnly, this.#content(graph, task, encoded), this.#library);
  }

  /**
   * The bytes of a task that results in a value, for one that is known only while the run goes on.
   * @throws ClosureError, or what structured clone throws, for a value that cannot travel
   */
  dataPayloads(value: unknown, notes: TaskNotes): readonly [Uint8Array, Uint8Array] {
    const { plain, data, uses } = encode(value, this.#library, `the value of "${notes.label}"`);
    const content: ArgumentsData = plain
      ? { form: PLAIN_RESULT, data }
      : { form: ENCODED_RESULT, data, uses };
    return [this.#data, argumentBytes(notes, 0, content, this.#library)];
  }

  #content(graph: TaskGraph, task: number, encoded: Cargo["encoded"]): ArgumentsData {
    const args = graph.args[task];
    if (args === undefined) return ALL;
    if (args === ONE_LIST) return LIST;
    const isCall = graph.fns[task] !== undefined;
    if (isCall && !isNested(args)) return { form: LISTED, args };
    const { plain, data, uses } = encoded.get(task) ?? encodeArguments(graph, task, args, this.#library);
    if (plain) return { form: isCall ? PLAIN_PAIR : PLAIN_RESULT, data };
    return { form: isCall ? ENCODED_PAIR : ENCODED_RESULT, data, uses };
  }

  #written(fn: AnyFunction, label: () => string): Written {
    const name = libraryNameOf(fn);
    if (name !== undefined) {
      return known(this.#own, name, () => ({ id: undefined, bytes: ownFunctionBytes(name), uses: 0 }));
    }
    const { id } = this.#library.capture(fn, label());
    return known(this.#byId, id, () => ({ id, bytes: functionBytes(id, this.#library), uses: 0 }));
  }
}

const ALL: ArgumentsData = { form: ALL_INPUTS };
const LIST: ArgumentsData = { form: LIST_OF_INPUTS };

function known(all: Map<string, Written>, name: string, make: () => Written): Written {
  let written = all.get(name);
  if (written === undefined) {
    written = make();
    all.set(name, written);
  }
  return written;
}
