/** What a name in the text of a function stands for. */

import type { FreeName } from "./analyse.ts";
import { likelyVariable, statementVariable } from "./bindings.ts";
import { isGlobalName } from "./globals.ts";
import type { Home } from "./home.ts";
import type { Scope } from "./inspect.ts";
import type { ModuleReference } from "./recipe.ts";
import type { Script as Facts } from "./script.ts";
import { cellName } from "./text.ts";

export type Variable =
  | {
      readonly kind: "value";
      readonly name: string;
      readonly value: unknown;
      readonly isConstant: boolean;
      readonly scope: string;
    }
  /** Only these members of it are used. */
  | { readonly kind: "members"; readonly name: string; readonly members: readonly Member[] }
  | { readonly kind: "module"; readonly name: string; readonly reference: ModuleReference }
  | { readonly kind: "home"; readonly name: string; readonly home: Home }
  | { readonly kind: "sink"; readonly name: string }
  /** A variable of a module that is assigned to somewhere: all functions that use it share a cell. */
  | { readonly kind: "cell"; readonly name: string; readonly variable: string; readonly value: unknown };

type Member =
  | readonly [name: string, reference: ModuleReference]
  | readonly [name: string, reference: undefined, value: unknown];

/** The place where a function was written. */
export interface Place {
  readonly url: string;
  /** True of names that an object in a `with` may have, or a function in a block. */
  mayBeElsewhere(free: FreeName): boolean;
  readonly facts: Facts;
}

/** Why a function cannot be taken along, and which of its variables is the reason, if one is. */
export class Unreadable extends Error {
  readonly variable: string | undefined;

  constructor(reason: string, variable?: string) {
    super(reason);
    this.variable = variable;
  }
}

/** Coverage tools of the istanbul family count in a function of such a name. */
const COUNTER = /^cov_[0-9a-z]+$/;
/** Written by Vite for what a module imports, besides its namespaces. */
const IMPORT_OF_VITE = /^__vi(?:te_ssr)?_dynamic_import__$/;
const META_OF_VITE = /^__vi(?:te_ssr)?_import_meta__$/;

/**
 * The variable that a name stands for; undefined if it is a global one, or need not exist.
 *
 * @throws Unreadable if there is no such variable, or it has no value yet.
 */
export function variableOf(free: FreeName, scopes: readonly Scope[], place: Place): Variable | undefined {
  const { name, members } = free;
  const at = scopes.findIndex(
    ({ object, description }) => description !== "Global" && Object.hasOwn(object, name),
  );
  if (at === -1) {
    if (isGlobalName(name) || free.typeofOnly || place.mayBeElsewhere(free)) return undefined;
    const isGlobal = Object.hasOwn(globalThis, name);
    throw new Unreadable(
      isGlobal
        ? `it is a global variable that the program has made; other threads do not have it`
        : "it is not defined, or only where its value cannot be read from outside",
      name,
    );
  }
  if (META_OF_VITE.test(name)) return { kind: "home", name, home: { kind: "meta", url: place.url } };
  if (IMPORT_OF_VITE.test(name)) return { kind: "home", name, home: { kind: "import", url: place.url } };
  const { facts, url } = place;
  const binding = facts.imports.get(name);
  const isImport = binding !== undefined && !binding.confirm && isModuleLevel(scopes, at);
  const imported = isImport ? statementVariable(binding, members, url) : undefined;
  if (imported !== undefined) return imported;
  const value = read(scopes[at]!, name);
  if (typeof value === "function") {
    if (COUNTER.test(name)) return { kind: "sink", name };
    const isRequire = name === "require" || facts.requires.has(name);
    if (isRequire && "resolve" in value) return { kind: "home", name, home: { kind: "require", url } };
  }
  const likely = binding === undefined ? undefined : likelyVariable(binding, value, members, url);
  if (likely !== undefined) return likely;
  const isAssigned = facts.assigned.has(name);
  if (isAssigned && !isImport && isModuleLevel(scopes, at)) {
    return { kind: "cell", name: cellName(name), variable: name, value };
  }
  // What is imported from the user's own modules may be assigned to there; functions hardly ever are.
  const isConstant = (!isImport || typeof value === "function") && !isAssigned;
  return { kind: "value", name, value, isConstant, scope: scopes[at]!.description };
}

function isModuleLevel(scopes: readonly Scope[], at: number): boolean {
  return scopes.slice(at + 1).every(isOutside);
}

/** What is around a module: Vite's modules are functions of what they import. */
function isOutside({ description, object }: Scope): boolean {
  if (/^(?:Global|Script)/.test(description)) return true;
  return description !== "Module" && Object.keys(object).every((name) => name.startsWith("__vi"));
}

function read({ object }: Scope, name: string): unknown {
  try {
    return object[name];
  } catch (error) {
    if (!(error instanceof ReferenceError) && (error as Error).name !== "ReferenceError") throw error;
    throw new Unreadable("it has no value yet: the line that declares it has not run", name);
  }
}
