import { inspector } from "./inspect.ts";

/** From here on, to list all keys takes longer than to ask the inspector for those that are no indices. */
const MANY = 1_000;

/** The keys of the properties of an array or view besides its elements, without `length`. */
export function namedKeysOf(object: object, elements: number): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(object);
  const names =
    (elements > MANY ? inspector()?.namedKeysOf(object) : undefined) ??
    Object.getOwnPropertyNames(object).filter((key) => !isIndex(key));
  return [...names.filter((key) => key !== "length"), ...symbols];
}

/** True of the keys of elements. */
export const isIndex = (key: string): boolean => /^(?:0|[1-9]\d*)$/.test(key);
