import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type AnyNode, type Options, type Program, parse } from "acorn";
import { analyze, type Scope } from "eslint-scope";
import { analyse } from "../../src/closure/analyse.ts";
import { descendants } from "../../src/closure/syntax.ts";

const ROOTS = /^(?:Function|ArrowFunction|Class)(?:Expression|Declaration)$/;

/** How many functions of a source were compared, and where the two analyses differ. */
export interface Comparison {
  readonly functions: number;
  readonly differences: readonly string[];
}

/**
 * Compares what `analyse` says of the text of each function and class in a source with what
 * eslint-scope says of it where it stands. Undefined if the source does not parse.
 */
export function compare(source: string, path: string): Comparison | undefined {
  const program = parsed(source);
  if (program === undefined) return undefined;
  // biome-ignore lint/suspicious/noExplicitAny: acorn's trees are ESTree's, but their types are not.
  const manager = analyze(program as any, {
    ecmaVersion: 2022,
    sourceType: program.sourceType,
    ignoreEval: true,
  });
  const methods = new Map<AnyNode, AnyNode>();
  const differences: string[] = [];
  let functions = 0;
  for (const node of descendants(program)) {
    if (
      (node.type === "Property" && (node.method || node.kind !== "init")) ||
      node.type === "MethodDefinition"
    )
      methods.set(node.value, node);
    if (!ROOTS.test(node.type)) continue;
    const method = methods.get(node);
    // The text of a constructor is that of its class.
    if (method?.type === "MethodDefinition" && method.kind === "constructor") continue;
    const { start, end } = method ?? node;
    const text = source.slice(start, end);
    const where = `${path}: ${text.slice(0, 100)}`;
    functions++;
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    const scope = manager.acquire(node as any);
    try {
      const expected = scope === null ? "no scope" : expectation(scope, node);
      const found = finding(text);
      if (expected !== found) differences.push(`${where}\n  expected ${expected}\n  found    ${found}`);
    } catch (error) {
      differences.push(`${where}\n  ${error}`);
    }
  }
  return { functions, differences };
}

function parsed(source: string): Program | undefined {
  const options: Options = { ecmaVersion: "latest", ranges: true, allowHashBang: true };
  try {
    return parse(source, { ...options, sourceType: "module" });
  } catch {
    try {
      return parse(source, { ...options, sourceType: "script", allowReturnOutsideFunction: true });
    } catch {
      return undefined;
    }
  }
}

function expectation(scope: Scope, node: AnyNode): string {
  const own = "id" in node && node.id?.type === "Identifier" ? node.id.name : undefined;
  const heritage = "superClass" in node ? node.superClass : undefined;
  const through = scope.through.filter(
    ({ identifier: { range } }) => !(heritage && range![0] >= heritage.start && range![1] <= heritage.end),
  );
  const names = new Map<string, boolean>();
  for (const reference of through) {
    const name = "name" in reference.identifier ? String(reference.identifier.name) : "";
    if (name !== own) names.set(name, reference.isWrite() || names.get(name) === true);
  }
  const outerArguments = names.delete("arguments");
  // eslint-scope overlooks that the default values of parameters have the `arguments` of their function.
  return shown(names, outerArguments && node.type === "ArrowFunctionExpression");
}

function finding(text: string): string {
  // `static` is no part of what `toString()` gives of a static method, but may be one's name.
  const { free, outerArguments } = analyse(text.replace(/^static\b(?!\s*\()\s*/, ""));
  const names = new Map(free.map(({ name, assigned }) => [name, assigned]));
  return shown(names, outerArguments);
}

function shown(names: ReadonlyMap<string, boolean>, outerArguments: boolean): string {
  const list = [...names].map(([name, assigned]) => (assigned ? `${name}=` : name)).sort();
  return `${list.join(" ")}${outerArguments ? " (arguments)" : ""}`;
}

/** JavaScript files below a folder, in the order of their names. */
export function* javaScriptFiles(folder: string): Generator<string> {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) yield* javaScriptFiles(path);
    else if (stats?.isFile() && /\.[cm]?js$/.test(name)) yield path;
  }
}

export function compareFile(path: string): Comparison | undefined {
  return compare(readFileSync(path, "utf8"), path);
}
