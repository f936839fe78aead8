/** Makes values that depend on nothing, or are filled afterwards. */

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { globalAt } from "./globals.ts";
import { rememberHome } from "./home.ts";
import { importedValue, importFrom, metaOf } from "./imports.ts";
import { DESERIALIZE, HOLE } from "./objects.ts";
import type { RecipeNode, Slot } from "./recipe.ts";
import { remote } from "./remote.ts";
import { sink } from "./sink.ts";

type Kind = RecipeNode["kind"];
/** What is made of other values first, or has a meaning of its own. */
type Compound =
  | "function"
  | "definition"
  | "bound"
  | "prototype"
  | "hooked"
  | "view"
  | "object"
  | "cell"
  | "weak-entries";
type Simple = Extract<RecipeNode, { kind: Exclude<Kind, Compound> }>;

/** Calls `fill` with the values of the slots, when all of them are there. */
type Contents = (slots: readonly Slot[], fill: (values: unknown[]) => void) => void;

export function simple(node: Simple, contents: Contents): unknown {
  switch (node.kind) {
    case "global":
      return globalAt(node.path);
    case "symbol":
      return node.wellKnown ? (Symbol as unknown as Record<string, symbol>)[node.key] : Symbol.for(node.key);
    case "module":
      return importedValue(node.reference);
    case "array":
      return arrayOf(node.items, node.length, contents);
    case "map": {
      const map = new Map<unknown, unknown>();
      contents(node.entries, (values) => {
        for (let at = 0; at < values.length; at += 2) map.set(values[at], values[at + 1]);
      });
      return map;
    }
    case "set": {
      const set = new Set<unknown>();
      contents(node.entries, (values) => {
        for (const value of values) set.add(value);
      });
      return set;
    }
    case "weak-map":
      return new WeakMap();
    case "weak-set":
      return new WeakSet();
    case "date":
      return new Date(node.time);
    case "regexp": {
      const expression = new RegExp(node.source, node.flags);
      expression.lastIndex = node.lastIndex;
      return expression;
    }
    case "error":
      return errorOf(node.stack);
    case "dom-exception": {
      const exception = new DOMException(node.message, node.name);
      setStack(exception, node.stack);
      return exception;
    }
    case "boxed":
      return Object(node.value);
    case "url":
      return new URL(node.href);
    case "url-search-params":
      return new URLSearchParams(node.text);
    case "buffer":
      return node.bytes;
    case "arguments": {
      const values = argumentsOf();
      contents(node.items, (items) => {
        items.forEach((item, at) => {
          values[at] = item;
        });
        values.length = items.length;
      });
      return values;
    }
    case "meta":
      return rememberHome(metaOf(node.url), { kind: node.kind, url: node.url });
    case "require": {
      const from = node.url === "" ? pathToFileURL(`${process.cwd()}/`).href : node.url;
      return rememberHome(createRequire(from), { kind: node.kind, url: node.url });
    }
    case "import": {
      const load = importFrom(node.url);
      return rememberHome((specifier: string, options?: unknown) => load(specifier, options), {
        kind: node.kind,
        url: node.url,
      });
    }
    case "remote": {
      const functions = remote<Record<string, () => void>>(node.url);
      return node.name === undefined ? functions : functions[node.name];
    }
    case "sink":
      return sink();
  }
}

function arrayOf(items: readonly Slot[], length: number, contents: Contents): unknown[] {
  const array: unknown[] = [];
  contents(
    items.filter((item) => !isHole(item)),
    (values) => {
      let next = 0;
      for (let at = 0; at < items.length; at++) if (!isHole(items[at])) array[at] = values[next++];
    },
  );
  array.length = length;
  return array;
}

const isHole = (slot: Slot): boolean => typeof slot === "object" && slot !== null && slot.at === HOLE.at;

function errorOf(stack: string | undefined): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new Error();
  Error.stackTraceLimit = limit;
  setStack(error, stack);
  return error;
}

function setStack(error: Error, stack: string | undefined): void {
  if (stack === undefined) delete error.stack;
  else
    Object.defineProperty(error, "stack", {
      value: stack,
      writable: true,
      enumerable: false,
      configurable: true,
    });
}

function argumentsOf(..._: unknown[]): { [at: number]: unknown; length: number } {
  // biome-ignore lint/complexity/noArguments: this is how such an object is made
  return arguments;
}

/** The closed table of what a view may be. */
const VIEWS: Readonly<
  Record<string, new (buffer: ArrayBuffer, offset: number, length?: number) => ArrayBufferView>
> = {
  ...{ Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array },
  ...{ Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView },
};

export function viewOf(
  { type, offset, length }: Extract<RecipeNode, { kind: "view" }>,
  buffer: ArrayBuffer,
): ArrayBufferView {
  if (type === "Buffer") return Buffer.from(buffer, offset, length);
  const View = VIEWS[type] ?? (globalAt([type]) as (typeof VIEWS)[string]);
  return new View(buffer, offset, length);
}

/** By the static method that the class has for it. */
export function deserialize(of: unknown, data: unknown): unknown {
  const method: unknown = (of as { [DESERIALIZE]?: unknown })[DESERIALIZE];
  if (typeof method !== "function") {
    throw new TypeError(`the class has no static method [Symbol.for("dispatch-graph.deserialize")]`);
  }
  return Reflect.apply(method, of, [data]);
}
