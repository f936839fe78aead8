import type { Encoder, Step } from "./encoder.ts";
import type { Properties, Slot, SpecialProperty } from "./recipe.ts";

const WRITABLE = 1;
const ENUMERABLE = 2;
const CONFIGURABLE = 4;
const ACCESSOR = 8;
const ORDINARY = WRITABLE | ENUMERABLE | CONFIGURABLE;
/** What sealing and freezing leave of ordinary properties. */
const OF_LEVEL = [ORDINARY, ORDINARY, WRITABLE | ENUMERABLE, ENUMERABLE];

/** 1: not extensible, 2: sealed, 3: frozen. */
export function levelOf(object: object): number {
  if (Object.isExtensible(object)) return 0;
  if (Object.isFrozen(object)) return 3;
  return Object.isSealed(object) ? 2 : 1;
}

/** Describes own properties of an object: those of `keys`, all by default. */
export function describeProperties(
  object: object,
  encoder: Encoder,
  keys: readonly PropertyKey[] = Reflect.ownKeys(object),
  step: Step = "property",
): Properties {
  const level = levelOf(object);
  const plain: Slot[] = [];
  let special: SpecialProperty[] | undefined;
  for (const key of keys) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor === undefined) continue;
    const flags = flagsOf(descriptor);
    encoder.enter(step, key);
    const name = encoder.slot(key);
    const value = encoder.slot(descriptor.value);
    if (special === undefined && flags !== OF_LEVEL[level]) special = ordinary(plain);
    if (special === undefined) {
      plain.push(name, value);
    } else {
      const get = encoder.slot(descriptor.get);
      const set = encoder.slot(descriptor.set);
      special.push({ key: name, flags: flags === OF_LEVEL[level] ? ORDINARY : flags, value, get, set });
    }
    encoder.leave();
  }
  return { plain: special === undefined ? plain : [], special, level };
}

function flagsOf({ writable, enumerable, configurable, get, set }: PropertyDescriptor): number {
  return (
    (writable ? WRITABLE : 0) |
    (enumerable ? ENUMERABLE : 0) |
    (configurable ? CONFIGURABLE : 0) |
    (get !== undefined || set !== undefined ? ACCESSOR : 0)
  );
}

function ordinary(plain: readonly Slot[]): SpecialProperty[] {
  const special: SpecialProperty[] = [];
  for (let at = 0; at < plain.length; at += 2) {
    special.push({ key: plain[at], flags: ORDINARY, value: plain[at + 1], get: undefined, set: undefined });
  }
  return special;
}

/** Turns slots into values while some values are not there yet. */
export interface Values {
  /** Calls `body` with the value: at once, or when it is there. */
  whenThere(slot: Slot, body: (value: unknown) => void): void;
}

const define: (object: object, key: PropertyKey, descriptor: PropertyDescriptor) => void =
  Object.defineProperty;

/** Gives an object its properties; keys are always there. */
export function applyProperties(
  object: object,
  { plain, special }: Properties,
  keyOf: (slot: Slot) => PropertyKey,
  values: Values,
): void {
  for (let at = 0; at < plain.length; at += 2) {
    const key = keyOf(plain[at]);
    const descriptor = { value: undefined as unknown, writable: true, enumerable: true, configurable: true };
    values.whenThere(plain[at + 1], (value) => {
      descriptor.value = value;
      define(object, key, descriptor);
    });
    // Reserves the place of the key among the others.
    if (!Object.hasOwn(object, key)) define(object, key, descriptor);
  }
  for (const one of special ?? []) applySpecial(object, keyOf(one.key), one, values);
}

function applySpecial(object: object, key: PropertyKey, property: SpecialProperty, values: Values): void {
  const { flags, value, get, set } = property;
  const attributes = { enumerable: (flags & ENUMERABLE) !== 0, configurable: true };
  const configurable = (flags & CONFIGURABLE) !== 0;
  if (flags & ACCESSOR) {
    define(object, key, { set: undefined as never, ...attributes });
    values.whenThere(get, (one) => define(object, key, { get: one as () => unknown }));
    values.whenThere(set, (one) => define(object, key, { set: one as () => void, configurable }));
  } else {
    define(object, key, { value: undefined, writable: true, ...attributes });
    values.whenThere(value, (one) =>
      define(object, key, { value: one, writable: (flags & WRITABLE) !== 0, configurable }),
    );
  }
}

/** Not before all properties are there. */
export function applyLevel(object: object, level: number): void {
  if (level === 1) Object.preventExtensions(object);
  else if (level === 2) Object.seal(object);
  else if (level === 3) Object.freeze(object);
}
