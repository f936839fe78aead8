import { DaskProtocolError } from "../../errors.ts";

/**
 * The name of a task on the wire. dask allows strings, numbers, bytes, and tuples of them; tuples
 * are arrays here. Python writes `("x", 0)` for the chunks of its own collections.
 */
export type Key = string | number | bigint | boolean | null | Uint8Array | readonly Key[];

/**
 * A key as text, for tables: equal texts are equal keys. A string is its own id, unless it starts
 * with the mark of the others, so that the ids of ordinary keys cost nothing.
 */
export type KeyId = string;

const MARK = "\u0000";
const DEEPEST = 16;

/** The id of a key. Throws a `DaskProtocolError` if it is no key. */
export function keyId(key: unknown): KeyId {
  if (typeof key === "string") return key.startsWith(MARK) ? MARK + tagged(key, 0) : key;
  return MARK + tagged(key, 0);
}

/** The key of an id that `keyId` has given. */
export function keyOf(id: KeyId): Key {
  if (!id.startsWith(MARK)) return id;
  return untagged(JSON.parse(id.slice(1)));
}

/** As people read it: `x`, `('x', 0)`. */
export function keyText(id: KeyId): string {
  return id.startsWith(MARK) ? shownKey(keyOf(id)) : id;
}

/** A tuple may contain another one many times: what is small in a pickle could be large as text. */
const LONGEST = 100_000;

function tagged(key: unknown, depth: number): string {
  if (typeof key === "string" || typeof key === "boolean" || key === null) return JSON.stringify(key);
  if (typeof key === "bigint") return `{"i":"${key}"}`;
  if (typeof key === "number") {
    return Number.isFinite(key) && !Object.is(key, -0)
      ? JSON.stringify(key)
      : `{"f":"${Object.is(key, -0) ? "-0" : key}"}`;
  }
  if (key instanceof Uint8Array) return `{"b":"${Buffer.from(key).toString("base64")}"}`;
  if (!Array.isArray(key) || depth >= DEEPEST) {
    throw new DaskProtocolError(
      `${Array.isArray(key) ? "so deep a tuple" : `a ${typeof key}`} cannot be the key of a task`,
    );
  }
  let text = "";
  for (const item of key) {
    text += `${text === "" ? "" : ","}${tagged(item, depth + 1)}`;
    if (text.length > LONGEST) throw new DaskProtocolError("so long a tuple cannot be the key of a task");
  }
  return `[${text}]`;
}

type Tagged = string | number | boolean | null | { i?: string; f?: string; b?: string } | Tagged[];

function untagged(value: Tagged): Key {
  if (Array.isArray(value)) return value.map(untagged);
  if (typeof value !== "object" || value === null) return value;
  if (value.i !== undefined) return BigInt(value.i);
  if (value.f !== undefined) return Number(value.f);
  return new Uint8Array(Buffer.from(value.b ?? "", "base64"));
}

function shownKey(key: Key): string {
  if (typeof key === "string") return `'${key}'`;
  if (Array.isArray(key)) return `(${key.map(shownKey).join(", ")}${key.length === 1 ? "," : ""})`;
  if (key instanceof Uint8Array) return `b'${Buffer.from(key).toString("latin1")}'`;
  return String(key);
}
