import { type DispatchNode, NODE_FIELDS } from "../nodes/node.ts";
import { construct, Itself } from "../structure.ts";
import { type AnyFunction, type Call, nestedRefs, Ref, substitute } from "../task.ts";
import { ContentKeys } from "./content-keys.ts";
import { fileIdentityOf } from "./file-identity.ts";
import { keyOf } from "./hasher.ts";

import { Uncacheable } from "./recipe-key.ts";
import type { Upstream } from "./upstream.ts";

/** What a node's key is made of, so that it can be said which part has changed. */
export interface Part {
  /** `the function`, `argument 2`, `its dependency "load"`. */
  readonly what: string;
  readonly key: string;
}

/** The key of what a node results in. */
export interface NodeKey {
  readonly key: string;
  readonly parts: readonly Part[];
}

/** Why a node has no key. */
export interface NoKey {
  readonly problem: string;
}

/** In the place of nodes inside of arguments. */
const INPUT = Symbol.for("dispatch-graph.input");

/**
 * Keys of nodes: made of the keys of their functions and of their arguments, where the key of a node
 * stands for its value.
 */
export class NodeKeys {
  readonly #content = new ContentKeys();
  /** Of chunks: the keys of the nodes that they are results of, or of their values. */
  readonly #results = new WeakMap<object, string>();

  /** The result of a node with this key. */
  remember(result: object, key: string): void {
    this.#results.set(result, key);
  }

  knows(result: object): boolean {
    return this.#results.has(result);
  }

  /** Takes note of the value of a result of which nothing else is known. */
  rememberValue(result: object, value: unknown): void {
    try {
      this.#results.set(result, this.#ofData(value).key);
    } catch {
      // Whoever needs the key of it finds none.
    }
  }

  /**
   * @param needed by number, 1 for the nodes whose keys are needed, with all that they need
   * @param inputs nodes whose values are given
   * @returns by number
   */
  of(
    upstream: Upstream,
    needed: Uint8Array,
    inputs: ReadonlyMap<DispatchNode, unknown>,
  ): readonly (NodeKey | NoKey | undefined)[] {
    const { graph, order } = upstream;
    // Many nodes may have one function, which cannot change meanwhile.
    const functions = new Map<AnyFunction, string>();
    const keyOfFunction = (fn: AnyFunction): string => {
      const key = functions.get(fn) ?? this.#content.ofFunction(fn);
      functions.set(fn, key);
      return key;
    };
    const keys = new Array<NodeKey | NoKey | undefined>(graph.size);
    const keyOfRef = (ref: Ref): Part => {
      const node = ref as DispatchNode;
      const found = keys[graph.numberOf(node)]!;
      if ("problem" in found)
        throw new Uncacheable(`its dependency "${node.label}" has no key: ${rootOf(found.problem)}`);
      return { what: `its dependency "${node.label}"`, key: found.key };
    };
    for (const number of order) {
      if (needed[number] === 0) continue;
      const node = graph.nodeAt(number);
      try {
        keys[number] = inputs.has(node)
          ? this.#ofInput(inputs.get(node))
          : this.#ofNode(node, keyOfFunction, keyOfRef);
      } catch (error) {
        if (!(error instanceof Uncacheable)) throw error;
        keys[number] = { problem: error.message };
      }
    }
    return keys;
  }

  #ofInput(value: unknown): NodeKey {
    const known = typeof value === "object" && value !== null ? this.#results.get(value) : undefined;
    return known === undefined ? this.#ofData(value) : { key: known, parts: [] };
  }

  #ofData(value: unknown): NodeKey {
    const key = this.#content.ofValue(value);
    return { key: keyOf("data", key), parts: [{ what: "the value", key }] };
  }

  #ofNode(
    node: DispatchNode,
    keyOfFunction: (fn: AnyFunction) => string,
    keyOfRef: (ref: Ref) => Part,
  ): NodeKey {
    const task = node.toTask();
    const file = fileIdentityOf(node);
    if (task.kind === "data") return this.#ofData(task.value);
    if (task.kind === "held") {
      const key = this.#results.get(node);
      if (key === undefined) throw new Uncacheable("it is a chunk whose value is not known");
      return { key, parts: [] };
    }
    const parts = this.#partsOf(task, keyOfFunction, keyOfRef);
    if (file !== undefined) parts.push({ what: `file ${file.path}`, key: keyOf(file.path, file.version) });
    const kind = node.options?.meta === true ? "meta" : task.fn === construct ? "new" : "call";
    return { key: keyOf(kind, ...parts.map(({ key }) => key)), parts };
  }

  #partsOf(call: Call, keyOfFunction: (fn: AnyFunction) => string, keyOfRef: (ref: Ref) => Part): Part[] {
    const isNew = call.fn === construct;
    const fn = isNew ? (call.args[0] as AnyFunction) : call.fn;
    const args = isNew ? call.args.slice(1) : call.args;
    const parts: Part[] = [{ what: "the function", key: about("the function", () => keyOfFunction(fn)) }];
    for (const [i, arg] of args.entries()) {
      if (arg instanceof Ref) {
        parts.push(keyOfRef(arg));
        continue;
      }
      const isItself = arg instanceof Itself;
      const what = isItself ? "the node" : `argument ${i + 1}`;
      const own = isItself ? shellOf(arg.node) : arg;
      const refs = nestedRefs(own);
      const [filled] =
        refs.length === 0
          ? [own]
          : substitute(
              [own],
              refs.map(() => INPUT),
            );
      parts.push({ what, key: about(what, () => this.#content.ofValue(filled)) }, ...refs.map(keyOfRef));
    }
    return parts;
  }
}

/** Of a chain of dependencies the last reason is told. */
function rootOf(problem: string): string {
  return problem.replace(/^its dependency ".*" has no key: /, "");
}

function about<T>(what: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof Uncacheable ? new Uncacheable(`${what}: ${error.message}`) : error;
  }
}

/** A node of a user's type as plain data: its class, which says what it does, and its own fields. */
function shellOf(node: object): Record<string, unknown> {
  const fields = Object.entries(node).filter(([name]) => !NODE_FIELDS.has(name));
  return { class: node.constructor, fields: Object.fromEntries(fields) };
}
