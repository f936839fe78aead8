import { DaskProtocolError } from "../../errors.ts";
import { type KeyId, keyId } from "./key.ts";
import { Serialized } from "./message.ts";

/**
 * The fields of a map that somebody else has sent. Each method throws a `DaskProtocolError` that
 * names the field, if it is missing or of another type.
 */
export class Fields {
  /** What the map is, for texts of errors. */
  readonly what: string;
  readonly entries: ReadonlyMap<unknown, unknown>;

  constructor(what: string, entries: ReadonlyMap<unknown, unknown>) {
    this.what = what;
    this.entries = entries;
  }

  /** True if it is there, and not null. */
  has(name: string): boolean {
    const value = this.entries.get(name);
    return value !== undefined && value !== null;
  }

  get(name: string): unknown {
    return this.entries.get(name);
  }

  string(name: string): string {
    const value = this.entries.get(name);
    return typeof value === "string" ? value : this.#wrong(name, "a string");
  }

  /** Also of an integer that is not safe: the next number there is. */
  number(name: string): number {
    const value = this.entries.get(name);
    if (typeof value === "number") return value;
    return typeof value === "bigint" ? Number(value) : this.#wrong(name, "a number");
  }

  boolean(name: string): boolean {
    const value = this.entries.get(name);
    return typeof value === "boolean" ? value : this.#wrong(name, "true or false");
  }

  bytes(name: string): Uint8Array {
    const value = this.entries.get(name);
    return value instanceof Uint8Array ? value : this.#wrong(name, "bytes");
  }

  array(name: string): readonly unknown[] {
    const value = this.entries.get(name);
    if (value instanceof Set) return [...value];
    return Array.isArray(value) ? value : this.#wrong(name, "a list");
  }

  map(name: string): ReadonlyMap<unknown, unknown> {
    const value = this.entries.get(name);
    return value instanceof Map ? value : this.#wrong(name, "a map");
  }

  numbers(name: string): readonly number[] {
    const value = this.array(name);
    return value.every((item) => typeof item === "number") ? value : this.#wrong(name, "a list of numbers");
  }

  strings(name: string): readonly string[] {
    const value = this.array(name);
    return value.every((item) => typeof item === "string") ? value : this.#wrong(name, "a list of strings");
  }

  key(name: string): KeyId {
    const value = this.entries.get(name);
    return value === undefined ? this.#wrong(name, "a key") : keyId(value);
  }

  keys(name: string): readonly KeyId[] {
    return this.array(name).map(keyId);
  }

  /** The addresses of those who hold each key. */
  whoHas(name: string): ReadonlyMap<KeyId, readonly string[]> {
    return this.#keyed(name, "a map of addresses", (value) =>
      (Array.isArray(value) || value instanceof Set) && [...value].every((item) => typeof item === "string")
        ? [...value]
        : undefined,
    );
  }

  /** A number for each key, or for each name. */
  nbytes(name: string): ReadonlyMap<string, number> {
    return this.#keyed(name, "a map of numbers", (value) => {
      if (typeof value === "bigint") return Number(value);
      return typeof value === "number" ? value : undefined;
    });
  }

  /** A value for each key, as `get_data`, `update_data` and `gather` have them. */
  data(name: string): ReadonlyMap<KeyId, Serialized> {
    return this.#keyed(name, "a map of values", (value) => (value instanceof Serialized ? value : undefined));
  }

  #keyed<T>(name: string, expected: string, read: (value: unknown) => T | undefined): ReadonlyMap<KeyId, T> {
    const result = new Map<KeyId, T>();
    for (const [key, value] of this.map(name)) {
      const item = read(value);
      if (item === undefined) return this.#wrong(name, expected);
      result.set(keyId(key), item);
    }
    return result;
  }

  #wrong(name: string, expected: string): never {
    const value = this.entries.get(name);
    throw new DaskProtocolError(
      `${this.what}: ${value === undefined ? `${name} is missing` : `${name} is not ${expected}`}`,
    );
  }
}

/** Throws a `DaskProtocolError` if it is no map. `what` begins the texts of errors. */
export function fieldsOf(what: string, map: unknown): Fields {
  if (!(map instanceof Map)) throw new DaskProtocolError(`${what} is no map`);
  return new Fields(what, map);
}
