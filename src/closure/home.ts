import type { Script as Facts } from "./script.ts";
import { readScript } from "./script.ts";
import type { Script } from "./source.ts";

const facts = new WeakMap<Script, Facts>();
const NOTHING: Facts = {
  imports: new Map(),
  assigned: new Set(),
  strict: true,
  strictParts: [],
  requires: new Set(),
};

/** What the source of a script says; nothing if it cannot be understood. */
export function factsOf(script: Script): Facts {
  let known = facts.get(script);
  if (known === undefined) {
    known = readScript(script.source, script.isModule ? "module" : "script") ?? NOTHING;
    facts.set(script, known);
  }
  return known;
}

/** Belongs to a module: its `import.meta`, its `require`, its `import()`; or stands for it. */
export type Home =
  | { readonly kind: "meta" | "require" | "import"; readonly url: string }
  | { readonly kind: "remote"; readonly url: string; readonly name: string | undefined };

const homes = new WeakMap<object, Home>();

/** Remembers which module a rebuilt `import.meta`, `require` or `import()` belongs to. */
export function rememberHome<T extends object>(value: T, home: Home): T {
  homes.set(value, home);
  return value;
}

export function knownHome(value: object): Home | undefined {
  return homes.get(value);
}
