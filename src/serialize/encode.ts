import { types } from "node:util";
import type { Capsule, Definition, Library } from "../closure/library.ts";
import { ClosureError } from "../errors.ts";
import type { Constructor } from "./kinds.ts";
import { type Mends, type Survey, survey } from "./survey.ts";
import { isDetached, isResizable } from "./transfer.ts";

/** A value in a form that a channel carries: by structured clone, or by `v8.serialize` and the like. */
export interface Encoded {
  /** True if `data` is the value itself. */
  readonly plain: boolean;
  readonly data: unknown;
  /** Ids of the functions and classes whose definitions must be there first. */
  readonly uses: readonly string[];
  /** Memory that the value takes, roughly. */
  readonly bytes: number;
  /** Memory in `data` that may be transferred, if nobody needs the value here any more. */
  readonly buffers: readonly ArrayBuffer[];
}

/** The data of a value that is not plain. */
type Mended = { readonly mends: WireMends; readonly value: unknown };
type NotPlain = Mended | { readonly mends: undefined; readonly value: Capsule };

/** The objects to mend are the very ones in the value: a channel keeps what is one object one. */
interface WireMends {
  readonly instances: readonly (readonly [id: string, objects: readonly object[]])[];
  readonly bare: readonly object[];
  readonly buffers: readonly Uint8Array[];
  readonly started: readonly (readonly [RegExp, lastIndex: number])[];
}

/**
 * Makes a value ready to travel. No memory is copied, except what a view shows of a larger block,
 * where the value is that view: the rest of the block stays here.
 *
 * @param subject what to call the value in errors
 * @param found what `survey` said of the value, if that is known already
 * @throws ClosureError that says which part of the value cannot travel, and why.
 */
export function encode(
  value: unknown,
  library: Library,
  subject?: string,
  found: Survey = survey(value),
): Encoded {
  const { way, bytes, buffers, mends } = found;
  if (way === "captured") return captured(value, bytes, library, subject);
  if (ArrayBuffer.isView(value) && isPart(value)) return encode(copyOf(value), library);
  if (way === "plain") return { plain: true, data: value, uses: NONE, bytes, buffers };
  const wire = wireMends(mends, library);
  if (wire === undefined) return captured(value, bytes, library, subject);
  const data: NotPlain = { mends: wire, value };
  return { plain: false, data, uses: wire.instances.map(([id]) => id), bytes, buffers };
}

const NONE: readonly string[] = [];

/** `undefined` if it takes more than that to bring the instances of some class along. */
function wireMends({ instances, bare, buffers, started }: Mends, library: Library): WireMends | undefined {
  const ofClasses: [string, readonly object[]][] = [];
  for (const [type, objects] of instances) {
    let definition: Definition;
    try {
      definition = library.capture(type as (...args: never) => unknown);
    } catch {
      // The capture of the value finds out again, and the way to the class as well.
      return undefined;
    }
    if (keepsStateElsewhere(definition, library)) return undefined;
    ofClasses.push([definition.id, objects]);
  }
  return {
    instances: ofClasses,
    bare,
    buffers,
    started: started.map((regexp) => [regexp, regexp.lastIndex]),
  };
}

const elsewhere = new WeakMap<Definition, boolean>();

/** True of classes that use a WeakMap or WeakSet, in which there may be something about each instance. */
function keepsStateElsewhere(definition: Definition, library: Library): boolean {
  let known = elsewhere.get(definition);
  if (known === undefined) {
    known = library
      .needed([definition.id], new Set())
      .some(({ recipe }) => recipe.kind === "value" && recipe.nodes.some(({ kind }) => /^weak-/.test(kind)));
    elsewhere.set(definition, known);
  }
  return known;
}

function captured(value: unknown, bytes: number, library: Library, subject = "the value"): Encoded {
  const capsule = capsuleOf(value, library, subject);
  if (capsule.recipe.nodes.some((node) => node.kind === "buffer" && isDetached(node.bytes))) {
    throw new ClosureError(
      subject,
      [],
      "it holds detached memory, which has been transferred to another thread",
    );
  }
  const data: NotPlain = { mends: undefined, value: capsule };
  return { plain: false, data, uses: capsule.uses, bytes, buffers: survey(capsule.recipe).buffers };
}

function capsuleOf(value: unknown, library: Library, subject: string): Capsule {
  try {
    return library.captureValue(value, subject);
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    const reason = "it is nested too deeply to be taken apart";
    throw new ClosureError(subject, [], reason, "make it less deep, or of plain data only");
  }
}

/** What is needed of a library to decode. */
export type Decoder = Pick<Library, "functionOf" | "restore">;

/**
 * The value that `encode` was given, in a thread or process where the definitions of all that it uses
 * have been accepted.
 */
export function decode(data: unknown, plain: boolean, library: Decoder): unknown {
  if (plain) return data;
  const { mends, value } = data as NotPlain;
  if (mends === undefined) return library.restore(value);
  for (const [id, objects] of mends.instances) {
    const { prototype } = library.functionOf(id) as unknown as Constructor;
    for (const object of objects) Object.setPrototypeOf(object, prototype);
  }
  for (const object of mends.bare) Object.setPrototypeOf(object, null);
  for (const view of mends.buffers) Object.setPrototypeOf(view, Buffer.prototype);
  for (const [regexp, lastIndex] of mends.started) regexp.lastIndex = lastIndex;
  return value;
}

/** True of a view of some part of a block of memory that is not shared anyway. */
function isPart({ buffer, byteLength }: ArrayBufferView): boolean {
  return byteLength < buffer.byteLength && !types.isSharedArrayBuffer(buffer) && !isResizable(buffer);
}

/** The same kind of view, of memory that holds no more than it shows. */
function copyOf(view: ArrayBufferView): ArrayBufferView {
  const memory = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
  if (Buffer.isBuffer(view)) return Buffer.from(memory);
  return new (view.constructor as new (memory: ArrayBuffer) => ArrayBufferView)(memory);
}
