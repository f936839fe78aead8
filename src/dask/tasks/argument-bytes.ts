import type { Library } from "../../closure/library.ts";
import { DaskProtocolError } from "../../errors.ts";
import { decode } from "../../serialize/encode.ts";
import { ONE_LIST, Ref } from "../../task.ts";
import { listed, withoutHoles } from "../../worker/arguments.ts";
import {
  ALL_INPUTS,
  ENCODED_PAIR,
  ENCODED_RESULT,
  LIST_OF_INPUTS,
  LISTED,
  PLAIN_PAIR,
  PLAIN_RESULT,
} from "../../worker/protocol.ts";
import { acceptCode, codeOf } from "./code.ts";
import { FieldReader, FieldWriter, NOTHING } from "./fields.ts";

/*
 * Argument bytes, whose format is that of the function bytes beside them:
 *
 * the form of the arguments and FLAGS, in one byte; the number of the node; the label
 * the topic, if there is one; how many of the dependencies are no arguments, if some are not
 * LISTED: how many arguments, and these, with NOTHING for inputs
 * plain forms: the data; encoded forms: code, and the data
 */

const FORM = 7;
const WATCHED = 8;
const DESCRIBED = 16;
const HAS_TOPIC = 32;
const HAS_ORDER_ONLY = 64;

/** What the client says of a task besides what it does. */
export interface TaskNotes {
  readonly label: string;
  /** Number of its node in the graph. */
  readonly node: number;
  /** Where the client listens for news. */
  readonly topic: string | undefined;
  /** The beginning and the end of the task are news. */
  readonly watched: boolean;
  /** The type and the size of its result are, too. */
  readonly described: boolean;
}

/** What arguments are made of: what a form says is at the beginning of this file. */
export type ArgumentsData =
  | { readonly form: typeof ALL_INPUTS | typeof LIST_OF_INPUTS }
  /** Primitives and refs. */
  | { readonly form: typeof LISTED; readonly args: readonly unknown[] }
  | { readonly form: typeof PLAIN_PAIR | typeof PLAIN_RESULT; readonly data: unknown }
  | {
      readonly form: typeof ENCODED_PAIR | typeof ENCODED_RESULT;
      readonly data: unknown;
      readonly uses: readonly string[];
    };

const scratch = new FieldWriter(4096);

export function argumentBytes(
  notes: TaskNotes,
  orderOnly: number,
  content: ArgumentsData,
  library: Library,
): Uint8Array {
  const fields = scratch;
  const { topic } = notes;
  try {
    fields.byte(
      content.form |
        (notes.watched ? WATCHED : 0) |
        (notes.described ? DESCRIBED : 0) |
        (topic === undefined ? 0 : HAS_TOPIC) |
        (orderOnly === 0 ? 0 : HAS_ORDER_ONLY),
    );
    fields.count(notes.node);
    fields.text(notes.label);
    if (topic !== undefined) fields.text(topic);
    if (orderOnly > 0) fields.count(orderOnly);
    if (content.form === LISTED) {
      fields.count(content.args.length);
      for (const arg of content.args) fields.primitive(arg instanceof Ref ? NOTHING : arg);
    } else if ("data" in content) {
      if ("uses" in content) fields.raw(codeOf(content.uses, library));
      fields.data(content.data);
    }
  } catch (problem) {
    fields.taken();
    throw problem;
  }
  return fields.taken();
}

/** The notes in argument bytes; read when they are asked for, which most never are. */
export class WrittenNotes implements TaskNotes {
  readonly #bytes: Uint8Array;
  #read: { readonly node: number; readonly label: string; readonly topic: string | undefined } | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get watched(): boolean {
    return this.#has(WATCHED);
  }

  get described(): boolean {
    return this.#has(DESCRIBED);
  }

  get node(): number {
    return this.#fields.node;
  }

  get label(): string {
    return this.#fields.label;
  }

  get topic(): string | undefined {
    return this.#fields.topic;
  }

  #has(flag: number): boolean {
    return ((this.#bytes[0] ?? 0) & flag) !== 0;
  }

  get #fields() {
    this.#read ??= this.#readAll();
    return this.#read;
  }

  #readAll() {
    const fields = new FieldReader(this.#bytes);
    try {
      fields.byte();
      const [node, label] = [fields.count(), fields.text()];
      return { node, label, topic: this.#has(HAS_TOPIC) ? fields.text() : undefined };
    } catch {
      // Who opens the arguments is told.
      return { node: 0, label: "", topic: undefined };
    }
  }
}

/** Arguments, once the code that they need is there. */
export interface OpenArguments {
  /** See `Library.accept`. */
  readonly ready: Promise<void> | undefined;
  /** How many of the dependencies are no arguments: the last. */
  readonly orderOnly: number;
  /** Not to be called before. As `evaluate` takes them; of data a list of the one value. @throws DaskProtocolError, ClosureError */
  args(): readonly unknown[] | undefined;
}

const READY = { ready: undefined };
/** By form, for most tasks. */
const ONLY_INPUTS: readonly (OpenArguments | undefined)[] = [
  { ...READY, orderOnly: 0, args: () => undefined },
  { ...READY, orderOnly: 0, args: () => ONE_LIST },
];

/** @throws DaskProtocolError */
export function openArguments(bytes: Uint8Array, library: Library): OpenArguments {
  const simple = ONLY_INPUTS[(bytes[0] ?? FORM) & (FORM | HAS_ORDER_ONLY)];
  if (simple !== undefined) return simple;
  const fields = new FieldReader(bytes);
  const flags = fields.byte();
  fields.count();
  fields.bytes();
  if ((flags & HAS_TOPIC) !== 0) fields.bytes();
  const orderOnly = (flags & HAS_ORDER_ONLY) === 0 ? 0 : fields.count();
  switch (flags & FORM) {
    case ALL_INPUTS:
      return { ...READY, orderOnly, args: () => undefined };
    case LIST_OF_INPUTS:
      return { ...READY, orderOnly, args: () => ONE_LIST };
    case LISTED:
      return { ...READY, orderOnly, args: () => listIn(fields) };
    case PLAIN_PAIR:
      return { ...READY, orderOnly, args: () => pairIn(fields.data()) };
    case ENCODED_PAIR: {
      const ready = acceptCode(fields, library);
      return { ready, orderOnly, args: () => pairIn(decode(fields.data(), false, library)) };
    }
    case PLAIN_RESULT:
      return { ...READY, orderOnly, args: () => [fields.data()] };
    case ENCODED_RESULT: {
      const ready = acceptCode(fields, library);
      return { ready, orderOnly, args: () => [decode(fields.data(), false, library)] };
    }
    default:
      throw new DaskProtocolError(`there are no arguments of form ${flags & FORM}`);
  }
}

function pairIn(data: unknown): readonly unknown[] {
  if (!Array.isArray(data) || !Array.isArray(data[0])) throw new DaskProtocolError("there are no arguments");
  return withoutHoles(data[0], data[1]);
}

function listIn(fields: FieldReader): readonly unknown[] {
  const args: unknown[] = [];
  for (let left = fields.count(); left > 0; left--) args.push(fields.primitive());
  return listed(args, 0, args.length, NOTHING);
}
