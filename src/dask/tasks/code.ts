import type { Definition, Library } from "../../closure/library.ts";
import { DaskProtocolError } from "../../errors.ts";
import { FieldReader, FieldWriter } from "./fields.ts";

/*
 * Functions and classes go with everything that uses them, as there is no channel on which a receiver could be told of
 * them once: their ids, and all definitions behind those, packed. Ids are unique in the world, so that a receiver who
 * knows them passes over the rest.
 */

/** Of so many different sets of functions and classes the bytes are kept ready. */
const MOST_KEPT = 100;
const EMPTY = new Uint8Array(1);

const kept = new WeakMap<Library, Map<string, Uint8Array>>();

/** These functions and classes, and all that they use. The same bytes again for the same ids; not to be changed. */
export function codeOf(uses: readonly string[], library: Library): Uint8Array {
  if (uses.length === 0) return EMPTY;
  let known = kept.get(library);
  if (known === undefined) {
    known = new Map();
    kept.set(library, known);
  }
  const name = uses.join("\n");
  let code = known.get(name);
  if (code === undefined) {
    code = written(uses, library);
    if (known.size >= MOST_KEPT) known.clear();
    known.set(name, code);
  }
  return code;
}

function written(uses: readonly string[], library: Library): Uint8Array {
  const fields = new FieldWriter(1024);
  fields.count(uses.length);
  for (const id of uses) fields.text(id);
  const definitions = new FieldWriter(1024);
  definitions.data(library.needed(uses, new Set()));
  fields.bytes(definitions.taken());
  return fields.taken();
}

/**
 * Takes what `codeOf` has written, from where the fields are, if it is not known.
 * @returns a promise if modules have to be imported first; see `Library.accept`
 * @throws DaskProtocolError
 */
export function acceptCode(fields: FieldReader, library: Library): Promise<void> | undefined {
  const count = fields.count();
  if (count === 0) return undefined;
  let isKnown = true;
  for (let i = 0; i < count; i++) isKnown = library.has(fields.text()) && isKnown;
  const bytes = fields.bytes();
  // Its modules may still be on their way, for somebody else.
  if (isKnown) return library.importing;
  return library.accept(definitionsIn(new FieldReader(bytes).data()));
}

/** Passes over what `codeOf` has written. */
export function skipCode(fields: FieldReader): void {
  const count = fields.count();
  if (count === 0) return;
  for (let i = 0; i < count; i++) fields.bytes();
  fields.bytes();
}

function definitionsIn(data: unknown): readonly Definition[] {
  const isList =
    Array.isArray(data) &&
    data.every(
      (one) =>
        typeof one === "object" && one !== null && typeof one.id === "string" && Array.isArray(one.uses),
    );
  if (!isList) throw new DaskProtocolError("there are no definitions where they should be");
  return data;
}
