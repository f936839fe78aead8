import { inspect, types } from "node:util";
import { arrayBytes, fieldsBytes, isPooled, isSmall, ownBytes, primitiveBytes, SLOT } from "./bytes.ts";
import { type Base, type Constructor, kindOf } from "./kinds.ts";
import { canBeTransferred, isDetached } from "./transfer.ts";

/** What is to be known of a value before it travels. */
export interface Survey {
  /**
   * - "plain": structured clone carries it as it is.
   * - "mended": structured clone carries all that is in it; `mends` tells what to put back.
   * - "captured": only the closure machinery carries it, if anything does.
   */
  readonly way: "plain" | "mended" | "captured";
  /** Memory that it takes, roughly. */
  readonly bytes: number;
  /** Memory that the value shows from end to end and that may change hands; large blocks only. */
  readonly buffers: readonly ArrayBuffer[];
  /** Memory in the value that threads share. */
  readonly shared: readonly SharedArrayBuffer[];
  readonly mends: Mends;
}

/** What structured clone loses of objects that it otherwise carries. */
export interface Mends {
  /** Instances of the user's classes. */
  readonly instances: ReadonlyMap<Constructor, readonly object[]>;
  /** Objects without a prototype. */
  readonly bare: readonly object[];
  readonly buffers: readonly Buffer[];
  /** Regular expressions that go on from somewhere. */
  readonly started: readonly RegExp[];
}

const NOTHING: Mends = { instances: new Map(), bare: [], buffers: [], started: [] };

const NONE: readonly never[] = [];

/** Of shorter arrays all keys are listed. */
const SHORT = 64;

/**
 * Looks at all of a value once: how it can travel, its size, the memory it could hand over. Runs no
 * code of the value's (getters, proxies). What is not looked at: whether objects are frozen or
 * properties read-only, which does not travel, and accessors among the elements of an array.
 * @param isCopy the value has come by structured clone, which makes some things larger than they were
 */
export function survey(value: unknown, isCopy = false): Survey {
  if (typeof value === "object" ? value === null : typeof value !== "function" && typeof value !== "symbol") {
    return {
      way: "plain",
      bytes: SLOT + primitiveBytes(value, isCopy),
      buffers: NONE,
      shared: NONE,
      mends: NOTHING,
    };
  }
  return new Walk(isCopy).over(value);
}

class Walk {
  readonly #open: object[] = [];
  readonly #seen = new Set<object>();
  /** Memory met, and whether some part of the value shows all of it. */
  readonly #memory = new Map<ArrayBufferLike, boolean>();
  readonly #instances = new Map<Constructor, object[]>();
  readonly #bare: object[] = [];
  readonly #buffers: Buffer[] = [];
  readonly #started: RegExp[] = [];
  readonly #isCopy: boolean;
  #bytes = SLOT;
  #isCaptured = false;

  constructor(isCopy: boolean) {
    this.#isCopy = isCopy;
  }

  over(value: unknown): Survey {
    this.#part(value);
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      try {
        if (!this.#object(next)) this.#isCaptured = true;
      } catch {
        // A getter in the place of what every view has, for example.
        this.#isCaptured = true;
      }
    }
    const mends: Mends = {
      instances: this.#instances,
      bare: this.#bare,
      buffers: this.#buffers,
      started: this.#started,
    };
    const isMended =
      this.#instances.size + this.#bare.length + this.#buffers.length + this.#started.length > 0;
    const buffers: ArrayBuffer[] = [];
    const shared: SharedArrayBuffer[] = [];
    for (const [memory, isShown] of this.#memory) {
      if (types.isSharedArrayBuffer(memory)) shared.push(memory);
      else if (isShown && canBeTransferred(memory)) buffers.push(memory);
    }
    const way = this.#isCaptured ? "captured" : isMended ? "mended" : "plain";
    return { way, bytes: this.#bytes, buffers, shared, mends };
  }

  #part(value: unknown): void {
    if (typeof value === "object" && value !== null) {
      if (this.#seen.has(value)) return;
      this.#seen.add(value);
      this.#open.push(value);
    } else if (typeof value === "function" || typeof value === "symbol") this.#isCaptured = true;
    else this.#bytes += primitiveBytes(value, this.#isCopy);
  }

  // These take the parts of an object in and return whether structured clone carries what it is itself.

  #object(object: object): boolean {
    // Before anything else: to look at a proxy runs its traps.
    if (types.isProxy(object)) return false;
    const prototype: object | null = Object.getPrototypeOf(object);
    if (prototype === Object.prototype) return this.#fields(object);
    if (prototype === null) {
      this.#bare.push(object);
      return this.#fields(object);
    }
    const kind = kindOf(prototype);
    if (kind === "hidden" || !isA(kind.base, object)) return this.#hidden(object);
    if (kind.class !== undefined) this.#instance(kind.class, object);
    if (kind.base === "object") return this.#fields(object);
    if (kind.base === "array") return this.#array(object as unknown[]);
    if (kind.base !== "memory") this.#bytes += ownBytes(object)!;
    return kind.base === "view" ? this.#view(object as ArrayBufferView) : this.#special(kind.base, object);
  }

  #instance(type: Constructor, object: object): void {
    const others = this.#instances.get(type);
    if (others === undefined) this.#instances.set(type, [object]);
    else others.push(object);
  }

  #fields(object: object): boolean {
    const keys = Object.keys(object);
    this.#bytes += fieldsBytes(keys, this.#isCopy);
    // Structured clone passes over the others, and over symbols.
    return (
      this.#properties(object, keys) &&
      Object.getOwnPropertyNames(object).length === keys.length &&
      Object.getOwnPropertySymbols(object).length === 0
    );
  }

  #properties(object: object, keys: readonly string[]): boolean {
    let isData = true;
    for (const key of keys) {
      const property = Object.getOwnPropertyDescriptor(object, key)!;
      if (property.get !== undefined || property.set !== undefined) isData = false;
      else this.#part(property.value);
    }
    return isData;
  }

  #array(array: readonly unknown[]): boolean {
    const { length } = array;
    let fractions = 0;
    let numbers = 0;
    for (let i = 0; i < length; i++) {
      const element = array[i];
      if (typeof element === "number") {
        numbers++;
        if (!isSmall(element)) fractions++;
      } else if (element === undefined && !(i in array)) return this.#sparse(array);
      else this.#part(element);
    }
    this.#bytes += arrayBytes(length, fractions, numbers === length, this.#isCopy);
    if (Object.getOwnPropertySymbols(array).length > 0) return false;
    return !hasMore(array) || this.#named(array, Object.keys(array), length);
  }

  /** Holes can be far more than what is there. */
  #sparse(array: readonly unknown[]): boolean {
    const keys = Object.keys(array);
    this.#bytes += arrayBytes(keys.length, 0, true, this.#isCopy);
    return this.#named(array, keys, 0) && Object.getOwnPropertySymbols(array).length === 0;
  }

  /** The properties of an array by name, without the first ones. */
  #named(array: readonly unknown[], keys: readonly string[], from: number): boolean {
    // One more is "length".
    const isAll = Object.getOwnPropertyNames(array).length === keys.length + 1;
    return this.#properties(array, keys.slice(from)) && isAll;
  }

  #view(view: ArrayBufferView): boolean {
    if (hasMore(view) || Object.getOwnPropertySymbols(view).length > 0) return false;
    // The memory is an object too, and may have been given properties.
    if (Reflect.ownKeys(view.buffer).length > 0) return false;
    if (Object.getPrototypeOf(view) === Buffer.prototype) this.#buffers.push(view as Buffer);
    if (isPooled(view)) this.#bytes += view.byteLength;
    else return this.#buffer(view.buffer, view.byteLength === view.buffer.byteLength);
    return true;
  }

  #special(base: Base, object: object): boolean {
    if (base === "memory" && !this.#buffer(object as ArrayBuffer, true)) return false;
    if (base === "map" || base === "set") this.#entries(object);
    else if (base === "regexp" && (object as RegExp).lastIndex !== 0) this.#started.push(object as RegExp);
    // Structured clone drops what properties these have.
    const own = base === "regexp" ? 1 : types.isStringObject(object) ? object.length + 1 : 0;
    return (
      Object.getOwnPropertyNames(object).length === own && Object.getOwnPropertySymbols(object).length === 0
    );
  }

  #entries(object: object): void {
    if (types.isSet(object)) Set.prototype.forEach.call(object, (one) => this.#part(one));
    else if (types.isMap(object)) {
      Map.prototype.forEach.call(object, (one, key) => {
        this.#part(key);
        this.#part(one);
      });
    }
  }

  /** What there is to see counts for the size. */
  #hidden(object: object): false {
    if (ArrayBuffer.isView(object)) this.#buffer(object.buffer, false);
    else {
      this.#entries(object);
      this.#fields(object);
    }
    return false;
  }

  #buffer(memory: ArrayBufferLike, isShown: boolean): boolean {
    const known = this.#memory.get(memory);
    if (known === undefined) this.#bytes += ownBytes(memory)!;
    this.#memory.set(memory, isShown || known === true);
    return !isDetached(memory);
  }
}

/** True if the object has what its prototype promises. */
function isA(base: Base, object: object): boolean {
  switch (base) {
    case "object":
      return true;
    case "array":
      return Array.isArray(object);
    case "map":
      return types.isMap(object);
    case "set":
      return types.isSet(object);
    case "view":
      return ArrayBuffer.isView(object);
    case "memory":
      return types.isAnyArrayBuffer(object);
    case "date":
      return types.isDate(object);
    case "regexp":
      return types.isRegExp(object);
    case "boxed":
      return types.isBoxedPrimitive(object);
  }
}

/** True if an array or view has properties beside its elements; of long ones only enumerable properties count. */
export function hasMore(list: readonly unknown[] | ArrayBufferView): boolean {
  const isArray = Array.isArray(list);
  const length = isArray ? list.length : ((list as Uint8Array).length ?? 0);
  if (length <= SHORT) return Object.getOwnPropertyNames(list).length !== length + (isArray ? 1 : 0);
  // To list the keys of a million elements takes longer than to clone them. What Node shows of a list
  // with none of its elements tells whether there is more, and looks at the other properties only.
  const shown = inspect(list, { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity });
  return !/^[^,:]*\[ \.\.\. \d+ more items? \]$/.test(shown);
}
