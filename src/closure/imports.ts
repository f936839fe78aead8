/** From a reference to the value: the modules that a receiver imports itself. */

import { createRequire, isBuiltin } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { ClosureError } from "../errors.ts";
import { rememberReference } from "./exports.ts";
import { originOf, rooted, selfUrl } from "./packages.ts";
import type { ModuleReference } from "./recipe.ts";

type Namespace = Readonly<Record<string, unknown>>;
type Import = (specifier: string, options?: unknown) => Promise<Namespace>;

const loaded = new Map<string, Namespace>();
const loading = new Map<string, Promise<void>>();
/** Why what is not there is not there. */
const failures = new Map<string, unknown>();

const keyOf = ({ specifier, parent, attributes }: ModuleReference): string =>
  `${specifier}\n${parent}\n${attributes === undefined ? "" : JSON.stringify(attributes)}`;

/** What needs no promise: what is required, and built-in modules, except as a namespace. */
const isAtHand = ({ specifier, name, required }: ModuleReference): boolean =>
  required || (isBuiltin(specifier) && name !== "*");

/**
 * Imports what is not imported yet.
 *
 * @returns undefined if there is nothing to wait for. The promise rejects with what the import
 *   fails with, and with a ClosureError if a package is there in another version.
 */
export function importAll(references: Iterable<ModuleReference>): Promise<void> | undefined {
  const waits: Promise<void>[] = [];
  for (const reference of references) {
    const key = keyOf(reference);
    if (isAtHand(reference) || loaded.has(key)) continue;
    let wait = loading.get(key);
    if (wait === undefined) {
      wait = importOne(reference, key)
        .catch((error: unknown) => {
          failures.set(key, error);
          throw error;
        })
        .finally(() => loading.delete(key));
      loading.set(key, wait);
    }
    waits.push(wait);
  }
  return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
}

async function importOne(reference: ModuleReference, key: string): Promise<void> {
  const { specifier, parent, attributes } = reference;
  checkVersion(reference);
  const url = selfUrl(specifier);
  const options = attributes && { with: attributes };
  const namespace =
    url === undefined ? importFrom(parent)(specifier, options) : (import(url) as Promise<Namespace>);
  loaded.set(key, await namespace);
  failures.delete(key);
}

function checkVersion({ specifier, parent, package: expected }: ModuleReference): void {
  if (expected === undefined) return;
  const origin = originOf(specifier, parent);
  if (origin.kind !== "package") return;
  const { name, version } = origin.package;
  if (`${name}@${version}` !== expected) {
    const reason = `it was captured with ${expected}, and here is ${name}@${version}`;
    throw new ClosureError(`import of "${specifier}"`, [], reason, "install the same version everywhere");
  }
}

/**
 * The value of a reference whose module has been imported.
 *
 * @throws ClosureError if the module has no such export; else what the import has failed with.
 */
export function importedValue(reference: ModuleReference): unknown {
  const { specifier, name, members } = reference;
  const module = moduleOf(reference);
  const isAll = name === "*" || (name === "default" && isAtHand(reference));
  let value = isAll ? module : memberOf(module, name);
  for (const member of members) value = (value as Namespace | undefined)?.[member];
  if (value === undefined && !(isObject(module) && name in module)) {
    const path = [name, ...members].join(".");
    throw new ClosureError(`import of "${specifier}"`, [], `it has no export ${path} here`);
  }
  rememberReference(value, reference);
  return value;
}

/** The namespace, or all that is exported if the module is at hand. */
function moduleOf(reference: ModuleReference): unknown {
  const { specifier, parent, required } = reference;
  if (required) {
    checkVersion(reference);
    return createRequire(parent)(specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier);
  }
  if (isAtHand(reference)) return process.getBuiltinModule(specifier);
  const key = keyOf(reference);
  if (!loaded.has(key) && failures.has(key)) throw failures.get(key);
  return loaded.get(key);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Tools that bundle or convert see names of CommonJS modules that Node itself does not. */
function memberOf(module: unknown, name: string): unknown {
  if (!isObject(module) || name in module) return (module as Namespace | undefined)?.[name];
  return ((module as Namespace).default as Namespace | undefined)?.[name];
}

const importers = new Map<string, Import>();

/** An `import()` as if it stood in the module at this URL. */
export function importFrom(parent: string): Import {
  let importer = importers.get(parent);
  if (importer === undefined) {
    importer = makeImport(parent);
    importers.set(parent, importer);
  }
  return importer;
}

/** Nothing else resolves from another parent on all versions of Node; it says that it is experimental. */
function makeImport(parent: string): Import {
  const filename = parent === "" ? pathToFileURL(`${process.cwd()}/`).href : parent;
  return quietly(() => {
    const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never;
    const script = new Script("(specifier, options) => import(specifier, options)", {
      filename,
      importModuleDynamically,
    });
    const direct = script.runInThisContext() as Import;
    return (specifier, options) => quietly(() => direct(rooted(specifier, parent), options));
  });
}

/** Without the one warning that Node gives for what is done here. */
function quietly<T>(body: () => T): T {
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...others: []) => {
    if (!String(warning).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER"))
      emitWarning.call(process, warning, ...others);
  }) as typeof process.emitWarning;
  try {
    return body();
  } finally {
    process.emitWarning = emitWarning;
  }
}

const metas = new Map<string, object>();

/** The `import.meta` of the module at this URL. */
export function metaOf(url: string): object {
  let meta = metas.get(url);
  if (meta === undefined) {
    const isFile = url.startsWith("file:");
    meta = Object.assign(Object.create(null) as object, {
      ...(isFile && {
        dirname: fileURLToPath(new URL(".", url)).replace(/(?<=.)[\\/]$/, ""),
        filename: fileURLToPath(url),
      }),
      resolve: (specifier: string): string => resolveFrom(url, specifier),
      url,
    });
    metas.set(url, meta);
  }
  return meta;
}

function resolveFrom(url: string, specifier: string): string {
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`;
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
  if (URL.canParse(specifier)) return specifier;
  return pathToFileURL(createRequire(url).resolve(specifier)).href;
}
