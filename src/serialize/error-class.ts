import type { Library } from "../closure/library.ts";
import * as errors from "../errors.ts";
import type { Constructor } from "./kinds.ts";

/** What makes an error of its class on the other side. Constructors of the user are never called. */
export interface ErrorClass {
  /** Name of the class of the language, or of the library, that it is or extends. */
  readonly base: string;
  /** Id of the user's class. */
  readonly id: string | undefined;
  /** What its class called it, if that class cannot travel. */
  readonly name: string | undefined;
  /** Of a DOMException, which keeps its name and message to itself. */
  readonly exception: readonly [message: string, name: string] | undefined;
  /** Of a DependencyError, likewise. */
  readonly path: readonly string[] | undefined;
}

type Prototype = object | null;
type Named = { readonly name: string; readonly prototype: object };

/** Of newer versions of Node. */
const { SuppressedError } = globalThis as unknown as { SuppressedError?: Named };

/** The closed table of the classes that are there on every side. */
const KNOWN: ReadonlyMap<string, object> = new Map(
  [
    ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError],
    ...[DOMException, ...(SuppressedError === undefined ? [] : [SuppressedError])],
    ...Object.values<unknown>(errors).filter(isOwn),
  ].map(({ name, prototype }: Named): [string, object] => [name, prototype]),
);
const NAMES: ReadonlyMap<object, string> = new Map([...KNOWN].map(([name, prototype]) => [prototype, name]));

function isOwn(value: unknown): value is typeof errors.DispatcherError {
  return value === errors.DispatcherError || Object.getPrototypeOf(value) === errors.DispatcherError;
}

export function errorClassOf(error: Error, library: Library): ErrorClass {
  try {
    return judged(error, library);
  } catch {
    return { base: "Error", id: undefined, name: undefined, exception: undefined, path: undefined };
  }
}

function judged(error: Error, library: Library): ErrorClass {
  let id: string | undefined;
  let name: string | undefined;
  let prototype: Prototype = Object.getPrototypeOf(error);
  for (
    ;
    prototype !== null && baseOf(prototype) === undefined;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    id ??= idOf(prototype, library);
    if (id === undefined) name = nameOf(error);
  }
  const base = (prototype && baseOf(prototype)) ?? "Error";
  if (name === base) name = undefined;
  const exception: [string, string] | undefined =
    base === "DOMException" ? [error.message, error.name] : undefined;
  const path = error instanceof errors.DependencyError ? error.path : undefined;
  return { base, id, name, exception, path };
}

/** The name in the table; also for the same class of another realm. */
function baseOf(prototype: object): string | undefined {
  const name = NAMES.get(prototype);
  if (name !== undefined) return name;
  const { value } = Object.getOwnPropertyDescriptor(prototype, "constructor") ?? {};
  if (
    typeof value !== "function" ||
    !/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value))
  )
    return undefined;
  return KNOWN.has(value.name) ? value.name : undefined;
}

/** Id of the class of a prototype, if it can travel. */
function idOf(prototype: object, library: Library): string | undefined {
  const { value } = Object.getOwnPropertyDescriptor(prototype, "constructor") ?? {};
  if (typeof value !== "function" || value.prototype !== prototype) return undefined;
  try {
    return library.capture(value).id;
  } catch {
    return undefined;
  }
}

function nameOf(error: Error): string | undefined {
  const { name } = error;
  return typeof name === "string" ? name : undefined;
}

/** An error of the class, without its properties. */
export function bareError({ base, id, exception, path }: ErrorClass, library: Library): Error {
  const error = withoutStack(() => ofBase(base, exception, path));
  const prototype = (id === undefined ? undefined : prototypeOf(id, library)) ?? KNOWN.get(base);
  return prototype === undefined ? error : Object.setPrototypeOf(error, prototype);
}

/** To find out where it is made takes more time than all else, and is not wanted. */
function withoutStack(make: () => Error): Error {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}

function ofBase(base: string, exception: ErrorClass["exception"], path: ErrorClass["path"]): Error {
  if (base === "DOMException") return new DOMException(...(exception ?? []));
  if (path === undefined) return new Error();
  // The constructor of a DependencyError is the only way into it. Label, id and cause come as properties.
  const [first = "", ...rest] = path;
  let failure = errors.failureOf(first, 0, new Error());
  for (const label of rest) failure = errors.failureOf(label, 0, failure);
  return new errors.DependencyError(failure);
}

function prototypeOf(id: string, library: Library): object | undefined {
  try {
    return (library.functionOf(id) as Constructor).prototype;
  } catch {
    return undefined;
  }
}
