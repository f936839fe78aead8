/**
 * Which package a module belongs to. A module of an npm package is imported again by the receiver;
 * everything else is the user's own code and travels as text.
 */

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, extname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Package {
  readonly name: string;
  readonly version: string;
}

/** Folder of this package, as a URL that ends in a slash. */
const HOME = new URL("../../", import.meta.url).href;
/** Not `testing`: the tasks of the contract suite are there to be shipped as a user's are. */
const HOME_MODULE = /^(?:src|dist)\/(?!testing\/)(.+?)(?:\.d)?\.[cm]?[jt]s$/;
const SELF = "self:";
const OWN_NAME = "dispatch-graph";

/** `self:errors` for `<this package>/src/errors.ts` and for `<this package>/dist/errors.js`. */
export function selfSpecifier(url: string): string | undefined {
  if (!url.startsWith(HOME)) return undefined;
  const path = HOME_MODULE.exec(url.slice(HOME.length))?.[1];
  return path === undefined ? undefined : SELF + path;
}

/** The module of this package that a specifier of {@link selfSpecifier} means here. */
export function selfUrl(specifier: string): string | undefined {
  if (!specifier.startsWith(SELF)) return undefined;
  return new URL(`../${specifier.slice(SELF.length)}${extname(import.meta.url)}`, import.meta.url).href;
}

export type Origin =
  | { readonly kind: "builtin" | "user" }
  | { readonly kind: "self"; readonly specifier: string }
  | { readonly kind: "package"; readonly package: Package };

const USER: Origin = { kind: "user" };
const BUILTIN: Origin = { kind: "builtin" };
const origins = new Map<string, Origin>();

/** What the module at `parent` gets for a specifier. */
export function originOf(specifier: string, parent: string): Origin {
  const key = `${specifier}\n${parent}`;
  let origin = origins.get(key);
  if (origin === undefined) {
    origin = findOrigin(specifier, parent);
    origins.set(key, origin);
  }
  return origin;
}

const PACKAGE_NAME = /^(?:@[^/]+\/)?[^/@.#][^/]*/;

function findOrigin(specifier: string, parent: string): Origin {
  if (isBuiltin(specifier)) return BUILTIN;
  const url = URL.canParse(specifier)
    ? specifier
    : /^\.{0,2}\//.test(specifier)
      ? resolved(specifier, parent)
      : undefined;
  if (url !== undefined) {
    const self = selfSpecifier(url);
    if (self !== undefined) return { kind: "self", specifier: self };
    const found = packageOfFile(url);
    return found === undefined ? USER : { kind: "package", package: found };
  }
  const name = PACKAGE_NAME.exec(specifier)?.[0];
  if (name === undefined) return USER;
  if (name === OWN_NAME) return { kind: "self", specifier: ownEntry(specifier.slice(name.length)) };
  const found = packageNamed(name, parent);
  return found === undefined ? USER : { kind: "package", package: found };
}

/** `dispatch-graph/testing` is `testing/index`. */
function ownEntry(subpath: string): string {
  return `${SELF}${subpath === "" ? "" : `${subpath.slice(1)}/`}index`;
}

/** The URL of what Vite names by its path from the root of the project; anything else as it is. */
export function rooted(specifier: string, parent: string): string {
  if (!specifier.startsWith("/") || !parent.startsWith("file:") || existsSync(specifier)) return specifier;
  const path = specifier.replace(/^\/@fs(?=\/)/, "");
  for (let file = fileURLToPath(parent), folder = dirname(file); file !== folder; folder = dirname(folder)) {
    file = folder;
    if (existsSync(join(folder, path))) return pathToFileURL(join(folder, path)).href;
  }
  return specifier;
}

/** The URL of the file that `require` gets for a relative path, which may leave out the extension. */
export function requirable(specifier: string, parent: string): string {
  if (!specifier.startsWith(".")) return specifier;
  try {
    return pathToFileURL(createRequire(parent).resolve(specifier)).href;
  } catch {
    return specifier;
  }
}

function resolved(specifier: string, parent: string): string | undefined {
  return URL.canParse(specifier, parent) ? new URL(specifier, parent).href : undefined;
}

function packageNamed(name: string, parent: string): Package | undefined {
  if (!parent.startsWith("file:")) return undefined;
  for (let file = fileURLToPath(parent), folder = dirname(file); file !== folder; folder = dirname(folder)) {
    file = folder;
    const found = join(folder, "node_modules", name);
    if (!existsSync(join(found, "package.json"))) continue;
    // The packages of a workspace are links to the user's own code.
    return realpathSync(found).includes(`${sep}node_modules${sep}`) ? packageIn(found) : undefined;
  }
  return undefined;
}

const FOLDER_OF_PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/** The npm package that a file belongs to. */
export function packageOfFile(url: string): Package | undefined {
  if (!url.startsWith("file:") || !url.includes("/node_modules/")) return undefined;
  const folder = FOLDER_OF_PACKAGE.exec(fileURLToPath(url))?.[0];
  return folder === undefined ? undefined : packageIn(folder);
}

const packages = new Map<string, Package | undefined>();

function packageIn(folder: string): Package | undefined {
  if (!packages.has(folder)) packages.set(folder, readPackage(join(folder, "package.json")));
  return packages.get(folder);
}

function readPackage(file: string): Package | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, "utf8")) as Partial<Package>;
    return { name: name ?? "", version: version ?? "" };
  } catch {
    return undefined;
  }
}
