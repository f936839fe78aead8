/**
 * What every thread has by itself, known by identity: `Math.max` is sent as that path. Only names
 * are looked at here that exist from the start: reading one that Node loads on first use
 * (`fetch`, `crypto`) would load it.
 */

import { types } from "node:util";

const STANDARD = (
  "AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error " +
  "EvalError FinalizationRegistry Float32Array Float64Array Function Int16Array Int32Array Int8Array Intl JSON " +
  "Map Math Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String " +
  "Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef " +
  "WeakSet WebAssembly decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval isFinite isNaN " +
  "parseFloat parseInt unescape"
).split(" ");

const OF_NODE = (
  "AbortController AbortSignal Buffer Event EventTarget TextDecoder TextEncoder URL URLSearchParams atob btoa " +
  "clearImmediate clearInterval clearTimeout console process queueMicrotask setImmediate setInterval setTimeout " +
  "structuredClone"
).split(" ");

/** Exist as well, but are not to be read. */
const OTHERS = (
  "AsyncDisposableStack Blob BroadcastChannel ByteLengthQueuingStrategy CloseEvent CompressionStream " +
  "CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream DisposableStack ErrorEvent " +
  "EventSource File Float16Array FormData Headers Infinity Iterator MessageChannel MessageEvent MessagePort NaN " +
  "Navigator Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver " +
  "PerformanceObserverEntryList PerformanceResourceTiming QuotaExceededError ReadableByteStreamController " +
  "ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController " +
  "ReadableStreamDefaultReader Request Response Storage SubtleCrypto SuppressedError Temporal TextDecoderStream " +
  "TextEncoderStream TransformStream TransformStreamDefaultController URLPattern WebSocket WritableStream " +
  "WritableStreamDefaultController WritableStreamDefaultWriter crypto fetch global globalThis localStorage " +
  "navigator performance sessionStorage undefined"
).split(" ");

const names = new Set([...STANDARD, ...OF_NODE, ...OTHERS]);

/** True of names that mean the same in every thread, unless the program has changed them. */
export function isGlobalName(name: string): boolean {
  return names.has(name);
}

/** Things of the language that no global leads to. */
const HIDDEN: Readonly<Record<string, unknown>> = {
  "%AsyncFunction%": (async () => {}).constructor,
  "%GeneratorFunction%": function* () {}.constructor,
  "%AsyncGeneratorFunction%": async function* () {}.constructor,
  "%TypedArray%": Object.getPrototypeOf(Int8Array),
  "%IteratorPrototype%": Object.getPrototypeOf(Object.getPrototypeOf([].values())),
};

type Path = readonly string[];
let paths: Map<unknown, Path> | undefined;

/** The path from the global object to a function or object that every thread has. */
export function globalPathOf(value: object): Path | undefined {
  paths ??= findPaths();
  const path = paths.get(value);
  if (path !== undefined || typeof value !== "function") return path;
  // Who holds one of those that are loaded on first use has loaded it.
  const { name } = value;
  if (!OTHERS.includes(name)) return undefined;
  return (globalThis as Record<string, unknown>)[name] === value ? [name] : undefined;
}

function findPaths(): Map<unknown, Path> {
  const found = new Map<unknown, Path>();
  const add = (value: unknown, path: Path): void => {
    if (isObject(value) && !found.has(value) && !types.isProxy(value)) found.set(value, path);
  };
  const roots = new Map(Object.entries(HIDDEN));
  for (const name of [...STANDARD, ...OF_NODE])
    roots.set(name, (globalThis as Record<string, unknown>)[name]);
  add(globalThis, ["globalThis"]);
  for (const [name, root] of roots) add(root, [name]);
  add(process.env, ["process", "env"]);
  for (const [name, root] of roots) {
    if (!isObject(root) || name === "process") continue;
    addMembers(root, [name], add);
    const prototype: unknown = (root as { prototype?: unknown }).prototype;
    if (isObject(prototype)) addMembers(prototype, [name, "prototype"], add);
  }
  return found;
}

function addMembers(object: object, path: Path, add: (value: unknown, path: Path) => void): void {
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    if (key !== "constructor") add(value, [...path, key]);
  }
}

/**
 * What a path of {@link globalPathOf} leads to in this thread.
 *
 * @throws TypeError if there is no such thing in this version of Node.
 */
export function globalAt(path: Path): unknown {
  const [first = "", ...others] = path;
  let value = first in HIDDEN ? HIDDEN[first] : (globalThis as Record<string, unknown>)[first];
  for (const name of others) value = (value as Record<string, unknown> | undefined)?.[name];
  if (value === undefined) throw new TypeError(`this version of Node has no ${path.join(".")}`);
  return value;
}

const wellKnown = new Map<symbol, string>();
for (const name of Object.getOwnPropertyNames(Symbol)) {
  const value: unknown = (Symbol as unknown as Record<string, unknown>)[name];
  if (typeof value === "symbol") wellKnown.set(value, name);
}

/** The name of a symbol like `Symbol.iterator`. */
export function wellKnownName(symbol: symbol): string | undefined {
  return wellKnown.get(symbol);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
