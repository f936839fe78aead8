/** Variables of a module or script whose values come from another module. */

import { types } from "node:util";
import { exportsOf } from "./exports.ts";
import { originOf, requirable, rooted } from "./packages.ts";
import type { ModuleReference } from "./recipe.ts";
import type { ImportBinding } from "./script.ts";
import type { Variable } from "./variables.ts";

/** Of an import statement; undefined if the module is the user's own. */
export function statementVariable(
  binding: ImportBinding,
  members: readonly string[] | undefined,
  url: string,
): Variable | undefined {
  const { local, name, attributes } = binding;
  const reference = referenceOf(binding.specifier, name, url, false, attributes);
  if (reference === undefined) return undefined;
  if (name !== "*" || members === undefined) return { kind: "module", name: local, reference };
  return { kind: "members", name: local, members: members.map((one) => [one, { ...reference, name: one }]) };
}

/** Written by Vite for the namespaces that a module imports. */
const OF_VITE = /^__vi(?:te_ssr)?_import_\d+__$/;

/**
 * Of what looks like an import. Only if the value confirms it, it is one; of the user's own modules
 * only those members are taken that are used.
 */
export function likelyVariable(
  binding: ImportBinding,
  value: unknown,
  members: readonly string[] | undefined,
  url: string,
): Variable | undefined {
  const { local, name, confirm } = binding;
  const isNamespace = types.isModuleNamespaceObject(value) || OF_VITE.test(local);
  if (confirm && isNamespace && name === "*") {
    const found = statementVariable({ ...binding, specifier: rooted(binding.specifier, url) }, members, url);
    if (found !== undefined) return found;
  } else if (confirm) {
    const found = requiredVariable(binding, value, members, url);
    if (found !== undefined) return found;
  }
  const isModule = isNamespace || (confirm && (name === "*" || name === "default"));
  if (!isModule || members === undefined || !isObject(value)) return undefined;
  const memberOf = (one: string): unknown => (value as Record<string, unknown>)[one];
  return { kind: "members", name: local, members: members.map((one) => [one, undefined, memberOf(one)]) };
}

/** Of `require`, or of what a compiler's helper has made of it, which is a namespace. */
function requiredVariable(
  { local, name, specifier: given }: ImportBinding,
  value: unknown,
  members: readonly string[] | undefined,
  url: string,
): Variable | undefined {
  const specifier = requirable(given, url);
  const reference = referenceOf(specifier, name, url, true, undefined);
  if (reference === undefined) return undefined;
  const module = exportsOf(given, url);
  const isWhole = value === module;
  const isMadeOf = isObject(value) && (value as { default?: unknown }).default === module;
  if (name === "*" && members !== undefined && (isWhole || isMadeOf)) {
    // Of a module that was itself compiled, the helper's `default` is an export of that name.
    const part = (one: string): ModuleReference =>
      one === "default" && !isMadeOf
        ? { ...reference, name: "default", members: ["default"] }
        : { ...reference, name: one };
    return { kind: "members", name: local, members: members.map((one) => [one, part(one)]) };
  }
  if (isWhole || (name === "*" && isMadeOf)) {
    return { kind: "module", name: local, reference: { ...reference, name: isWhole ? "default" : name } };
  }
  const isExport = isObject(module) && name !== "*" && (module as Record<string, unknown>)[name] === value;
  return isExport && value !== undefined ? { kind: "module", name: local, reference } : undefined;
}

function referenceOf(
  specifier: string,
  name: string,
  url: string,
  required: boolean,
  attributes: ModuleReference["attributes"],
): ModuleReference | undefined {
  const origin = originOf(specifier, url);
  const common = { name, members: [], attributes, parent: "", required: false, package: undefined };
  switch (origin.kind) {
    case "builtin":
      return { ...common, specifier: specifier.startsWith("node:") ? specifier : `node:${specifier}` };
    case "self":
      return { ...common, specifier: origin.specifier };
    case "package": {
      const { name: of, version } = origin.package;
      return { ...common, specifier, parent: url, required, package: `${of}@${version}` };
    }
    case "user":
      return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
