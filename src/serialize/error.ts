import { types } from "node:util";
import type { Library } from "../closure/library.ts";
import { asError } from "../errors.ts";
import { messageOf, shortened, shown } from "../shown.ts";
import { decode, type Encoded, encode } from "./encode.ts";
import { bareError, type ErrorClass, errorClassOf } from "./error-class.ts";

/** What was thrown, with all the errors that can be reached from it. */
interface Thrown {
  readonly thrown: Field;
  readonly errors: readonly Link[];
}

interface Link {
  readonly class: ErrorClass;
  readonly stack: string | undefined;
  readonly properties: readonly Property[];
}

interface Property {
  /** `Symbol.for(key)` if it is a symbol. */
  readonly key: string;
  readonly isSymbol: boolean;
  readonly isEnumerable: boolean;
  readonly value: Field;
}

/** The value of a property: an error of the table, a list of values, any other value. */
type Field = number | readonly Field[] | Pick<Encoded, "plain" | "data">;

/**
 * Makes whatever was thrown ready to travel. An error arrives with its class, message, stack, cause
 * and all own properties, and so do the errors that these are or list. What cannot travel never costs
 * the error:
 *
 * - A property that cannot travel becomes a text that says what was there.
 * - Of a class that cannot travel, the next class above takes its place; the error keeps its name.
 * - A thrown value that is no error and cannot travel becomes a `ThrownValueError`, which shows it.
 *
 * Accessors arrive as what they gave, properties under symbols only if the symbol is registered, and
 * nothing arrives of private members.
 */
export function encodeError(thrown: unknown, library: Library): Pick<Encoded, "data" | "uses"> {
  const table = new Table(library);
  const root = isError(thrown) ? table.field(thrown) : (table.value(thrown) ?? table.field(asError(thrown)));
  const data: Thrown = { thrown: root, errors: table.links() };
  return { data, uses: [...table.uses] };
}

/** True of errors of any realm, DOMExceptions included. */
function isError(value: unknown): value is Error {
  return asError(value) === value;
}

/** Errors by number, each once: causes may form a ring. */
class Table {
  readonly uses = new Set<string>();
  readonly #library: Library;
  readonly #errors: Error[] = [];
  readonly #numbers = new Map<Error, number>();

  constructor(library: Library) {
    this.#library = library;
  }

  links(): Link[] {
    const links: Link[] = [];
    // It grows on the way.
    for (const error of this.#errors) links.push(this.#link(error));
    return links;
  }

  /** What stands for a value: itself, or a text about it. */
  field(value: unknown): Field {
    if (isError(value)) return this.#numberOf(value);
    if (!types.isProxy(value) && Array.isArray(value) && value.some(isError)) {
      return value.map((one) => (isError(one) ? this.#numberOf(one) : this.#travelling(one)));
    }
    return this.#travelling(value);
  }

  /** The value on its way, or `undefined` if it cannot travel. */
  value(value: unknown): Field | undefined {
    try {
      const { plain, data, uses } = encode(value, this.#library);
      for (const id of uses) this.uses.add(id);
      return { plain, data };
    } catch {
      return undefined;
    }
  }

  #travelling(value: unknown): Field {
    return this.value(value) ?? text(`[${shortened(shown(value), 100)}, which cannot leave its thread]`);
  }

  #numberOf(error: Error): number {
    let number = this.#numbers.get(error);
    if (number === undefined) {
      number = this.#errors.push(error) - 1;
      this.#numbers.set(error, number);
    }
    return number;
  }

  #link(error: Error): Link {
    const ofClass = errorClassOf(error, this.#library);
    if (ofClass.id !== undefined) this.uses.add(ofClass.id);
    const properties: Property[] = [];
    let stack: string | undefined;
    try {
      for (const key of Reflect.ownKeys(error)) {
        if (key === "stack") stack = stackOf(error);
        else properties.push(...this.#property(error, key));
      }
      if (ofClass.name !== undefined && !Object.hasOwn(error, "name")) {
        properties.push(property("name", text(ofClass.name)));
      }
    } catch {
      // A proxy, or something as hostile.
      properties.push(property("message", text(messageOf(error))));
    }
    return { class: ofClass, stack, properties };
  }

  /** One property, or none. */
  #property(error: Error, key: string | symbol): Property[] {
    const name = typeof key === "symbol" ? Symbol.keyFor(key) : key;
    if (name === undefined) return [];
    const isEnumerable = Object.prototype.propertyIsEnumerable.call(error, key);
    let value: Field;
    try {
      const read: unknown = (error as unknown as Record<string | symbol, unknown>)[key];
      // Errors of Node have one of their own; and a text in its place would break what shows errors.
      if (key === "toString" && typeof read === "function") return [];
      value = this.field(read);
    } catch (problem) {
      value = text(`[a getter that throws: ${messageOf(asError(problem))}]`);
    }
    return [{ key: name, isSymbol: typeof key === "symbol", isEnumerable, value }];
  }
}

function property(key: string, value: Field): Property {
  return { key, isSymbol: false, isEnumerable: false, value };
}

function text(data: string): Field {
  return { plain: true, data: shortened(data, 1000) };
}

function stackOf(error: Error): string | undefined {
  try {
    const stack: unknown = error.stack;
    return typeof stack === "string" ? stack : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What was thrown, in a thread or process where the definitions of all that it uses have been
 * accepted.
 */
export function decodeError(data: unknown, library: Library): unknown {
  const { thrown, errors } = data as Thrown;
  const made = errors.map((link) => bareError(link.class, library));
  const fill = (field: Field, put: (value: unknown) => void): void => {
    if (typeof field === "number") put(made[field]);
    else if ("data" in field) put(restored(field, library));
    else {
      const list: unknown[] = new Array(field.length);
      put(list);
      for (const [i, one] of field.entries()) {
        fill(one, (value) => {
          list[i] = value;
        });
      }
    }
  };
  for (const [i, { stack, properties }] of errors.entries()) {
    const error = made[i]!;
    if (stack === undefined) delete error.stack;
    else error.stack = stack;
    for (const { key, isSymbol, isEnumerable, value } of properties) {
      fill(value, (one) => define(error, isSymbol ? Symbol.for(key) : key, isEnumerable, one));
    }
  }
  let result: unknown;
  fill(thrown, (value) => {
    result = value;
  });
  return result;
}

function restored(field: Pick<Encoded, "plain" | "data">, library: Library): unknown {
  try {
    return decode(field.data, field.plain, library);
  } catch (problem) {
    return `[a value that could not be made again: ${messageOf(asError(problem))}]`;
  }
}

function define(error: Error, key: string | symbol, enumerable: boolean, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
