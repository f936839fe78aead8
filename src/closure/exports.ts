/** From a value to the module that exports it, by identity. */

import { builtinModules, createRequire, isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import type { AnyFunction } from "../task.ts";
import { packageOfFile, selfSpecifier } from "./packages.ts";
import type { ModuleReference } from "./recipe.ts";

const known = new WeakMap<object, ModuleReference>();

/** Remembers what a value was imported as, so that it is sent by that name again. */
export function rememberReference(value: unknown, reference: ModuleReference): void {
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    if (!known.has(value)) known.set(value, reference);
  }
}

export function knownReference(value: object): ModuleReference | undefined {
  return known.get(value);
}

/** The reference to a function that was written in the file at `url`, if others can import it from there. */
export function referenceTo(fn: AnyFunction, url: string): ModuleReference | undefined {
  const found = url.startsWith("node:") ? builtinReference(fn, url) : fileReference(fn, url);
  if (found !== undefined) known.set(fn, found);
  return found;
}

function builtinReference(fn: AnyFunction, url: string): ModuleReference | undefined {
  for (const id of likelyModules(url)) {
    const module: unknown = process.getBuiltinModule(id);
    const path = pathTo(fn, module);
    if (path !== undefined) return referenceOf(`node:${id}`, "", path, undefined);
  }
  return undefined;
}

/** Those that loading does not warn of. */
const publicModules = builtinModules.filter((id) => !/^_|^(?:punycode|sys|wasi|sqlite|test)\b|:/.test(id));

/** `fs/promises` and `fs` for `node:internal/fs/promises`, then what else there is. */
function likelyModules(url: string): Set<string> {
  const path = url.slice("node:".length).replace(/^internal\//, "");
  const first = [path, path.replace(/\/.*/, ""), "events", "stream", "util", "timers"];
  return new Set([...first.filter((id) => publicModules.includes(id)), ...publicModules]);
}

function fileReference(fn: AnyFunction, url: string): ModuleReference | undefined {
  const self = selfSpecifier(url);
  if (self !== undefined)
    return isOwnExport(fn, url) ? referenceOf(self, "", [fn.name], undefined) : undefined;
  const found = packageOfFile(url);
  if (found === undefined) return undefined;
  const exported = loadedFile(fileURLToPath(url));
  const path = pathTo(fn, exported?.value);
  if (exported === undefined || path === undefined) return undefined;
  const names = exported.isNamespace ? path : path[0] === "default" ? path : ["default", ...path];
  return referenceOf(url, "", names, `${found.name}@${found.version}`);
}

/** All that this package exports is declared under the name by which it is exported. */
function isOwnExport(fn: AnyFunction, url: string): boolean {
  if (!/^[\w$]+$/.test(fn.name)) return false;
  // From its sources it cannot be loaded a second time; then the name has to do.
  const loaded = url.endsWith(".js") ? loadedFile(fileURLToPath(url)) : undefined;
  return loaded === undefined || pathTo(fn, loaded.value)?.[0] === fn.name;
}

/** What the module at `parent` has got for a specifier: exports of CommonJS, else the namespace. */
export function exportsOf(specifier: string, parent: string): unknown {
  if (isBuiltin(specifier)) return process.getBuiltinModule(specifier);
  try {
    return loadedFile(createRequire(parent).resolve(specifier))?.value;
  } catch {
    return undefined;
  }
}

interface Loaded {
  readonly value: unknown;
  readonly isNamespace: boolean;
}

/** What the module in a file exports, which has been loaded already. */
function loadedFile(file: string): Loaded | undefined {
  const require = createRequire(file);
  const loaded = require.cache[file];
  // Also modules are there once they were required.
  if (loaded !== undefined) {
    return { value: loaded.exports, isNamespace: types.isModuleNamespaceObject(loaded.exports) };
  }
  if ((process.features as { require_module?: unknown }).require_module !== true) return undefined;
  try {
    return { value: require(file), isNamespace: true };
  } catch {
    // A module with a top-level await, for instance.
    return undefined;
  }
}

function pathTo(fn: AnyFunction, exported: unknown): string[] | undefined {
  if (exported === fn) return ["default"];
  if (!isObject(exported)) return undefined;
  const members = membersOf(exported);
  if (members.get(fn.name) === fn) return [fn.name];
  for (const [name, value] of members) if (value === fn) return [name];
  for (const [name, value] of members) {
    if (!isObject(value) || name === "default") continue;
    for (const [inner, one] of membersOf(value)) if (one === fn) return [name, inner];
  }
  return undefined;
}

/** Getters are left alone: what is behind them may not have been loaded yet. */
function membersOf(object: object): Map<string, unknown> {
  const members = new Map<string, unknown>();
  for (const key of Object.getOwnPropertyNames(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor !== undefined && "value" in descriptor && key !== "prototype" && key !== "constructor") {
      members.set(key, descriptor.value);
    }
  }
  return members;
}

function referenceOf(
  specifier: string,
  parent: string,
  [name = "*", ...members]: readonly string[],
  of: string | undefined,
): ModuleReference {
  return { specifier, parent, name, members, required: false, package: of, attributes: undefined };
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
