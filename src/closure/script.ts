import type { AnyNode, ImportAttribute, ImportDeclaration, Program } from "acorn";
import { childrenOf, descendants, isStrict, namesIn, parsed, type Span } from "./syntax.ts";

/** A variable of a script whose value comes from a module. */
export interface ImportBinding {
  readonly local: string;
  readonly specifier: string;
  /**
   * The name that the module exports it by; `default` for all of what `require` gives, and `*` for
   * the namespace, also one that a compiler's helper has made of what `require` gives.
   */
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /**
   * True if it only looks like an import, by its shape: the variable may be another of the same
   * name, or hold something made of the module. False for import statements.
   */
  readonly confirm: boolean;
}

/** What the source of a module or script says about its variables. */
export interface Script {
  /** By the local name. */
  readonly imports: ReadonlyMap<string, ImportBinding>;
  /**
   * Names that are given a value again after their declaration, in any scope: a variable of another
   * name keeps its first value. (Before its declaration a `var` is undefined. And what an import
   * statement binds changes when its own module assigns to it.)
   */
  readonly assigned: ReadonlySet<string>;
  /** True of modules, and of scripts that begin with "use strict". */
  readonly strict: boolean;
  /** Functions that begin with "use strict", and classes: code in them is strict in any script. */
  readonly strictParts: readonly Span[];
  /** Variables that hold what `createRequire` gives for this very script. */
  readonly requires: ReadonlySet<string>;
}

/** Undefined if the source is not understood: then nothing is known of it. */
export function readScript(source: string, kind: "module" | "script"): Script | undefined {
  const program = parsed(source, kind) ?? parsed(source, kind === "module" ? "script" : "module");
  if (program === undefined) return undefined;
  const assigned = new Set<string>();
  findAssigned(program, assigned);
  const imports = statementsOf(program);
  const all = [...descendants(program)];
  const pairs = all.flatMap(pairOf);
  const requires = new Set<string>();
  for (const { target, value } of pairs) {
    if (isCreateRequire(value, imports) && target.type === "Identifier") requires.add(target.name);
  }
  for (const { target, value } of pairs) {
    const module = moduleIn(value, requires);
    if (module === undefined) continue;
    for (const [local, name] of localsOf(target, module.name)) {
      if (!imports.has(local))
        imports.set(local, { local, specifier: module.specifier, name, confirm: true });
    }
  }
  const strict = program.sourceType === "module" || isStrict(program.body);
  const strictParts = strict ? [] : all.filter(isStrictPart).map(({ start, end }) => ({ start, end }));
  return { imports, assigned, strict, strictParts, requires };
}

function isStrictPart(node: AnyNode): boolean {
  if (/^Class(?:Declaration|Expression)$/.test(node.type)) return true;
  return /Function/.test(node.type) && "body" in node && isStrict(childrenOf(node.body as AnyNode));
}

// ------------------------------------------------------------------ import statements

function statementsOf(program: Program): Map<string, ImportBinding> {
  const imports = new Map<string, ImportBinding>();
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") continue;
    for (const binding of bindingsOf(statement)) imports.set(binding.local, binding);
  }
  return imports;
}

function bindingsOf({ specifiers, source, attributes }: ImportDeclaration): ImportBinding[] {
  return specifiers.map((one) => ({
    local: one.local.name,
    specifier: String(source.value),
    name:
      one.type === "ImportSpecifier"
        ? textOf(one.imported)!
        : one.type === "ImportDefaultSpecifier"
          ? "default"
          : "*",
    ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes.map(attributeOf)) }),
    confirm: false,
  }));
}

function attributeOf({ key, value }: ImportAttribute): [string, string] {
  return [textOf(key)!, String(value.value)];
}

/** A name that is written as an identifier or a string. */
function textOf(node: AnyNode): string | undefined {
  return node.type === "Identifier" ? node.name : stringOf(node);
}

function stringOf(node: AnyNode): string | undefined {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

// ------------------------------------------------------------------ what looks like an import

interface Pair {
  readonly target: AnyNode;
  readonly value: AnyNode;
}

function pairOf(node: AnyNode): Pair[] {
  if (node.type === "VariableDeclarator" && node.init) return [{ target: node.id, value: node.init }];
  if (node.type === "AssignmentExpression" && node.operator === "=")
    return [{ target: node.left, value: node.right }];
  return [];
}

interface Module {
  readonly specifier: string;
  readonly name: string;
}

/**
 * The module that an expression gives, or a part of it: `require("y")`, `require("y").part`,
 * `await import("y")`, `helper(require("y"))` and what Vite makes of imports.
 */
function moduleIn(value: AnyNode, requires: ReadonlySet<string>): Module | undefined {
  switch (value.type) {
    case "AwaitExpression":
      return moduleIn(value.argument, requires);
    case "ImportExpression": {
      const specifier = stringOf(value.source);
      return specifier === undefined ? undefined : { specifier, name: "*" };
    }
    case "MemberExpression": {
      const module = moduleIn(value.object, requires);
      const name =
        value.computed && value.property.type === "Identifier" ? undefined : textOf(value.property);
      return module === undefined || name === undefined || !isWhole(module) ? undefined : { ...module, name };
    }
    case "CallExpression": {
      const [first] = value.arguments;
      if (first === undefined) return undefined;
      const specifier = stringOf(first);
      if (specifier === undefined) {
        const module = first.type === "CallExpression" ? moduleIn(first, requires) : undefined;
        return module?.name === "default" ? { ...module, name: "*" } : undefined;
      }
      const callee = value.callee.type === "Identifier" ? value.callee.name : "";
      if (/^__vi(?:te_ssr)?_(?:dynamic_)?import__$/.test(callee)) return { specifier, name: "*" };
      const isRequire = callee === "require" || callee === "__require" || requires.has(callee);
      return isRequire ? { specifier, name: "default" } : undefined;
    }
    default:
      return undefined;
  }
}

const isWhole = ({ name }: Module): boolean => name === "*" || name === "default";

/** The local names that a module, or a part of it, is bound to. */
function localsOf(target: AnyNode, name: string): [local: string, name: string][] {
  if (target.type === "Identifier") return [[target.name, name]];
  if (target.type !== "ObjectPattern" || (name !== "*" && name !== "default")) return [];
  return target.properties.flatMap((one): [string, string][] => {
    if (one.type !== "Property" || one.computed || one.value.type !== "Identifier") return [];
    return [[one.value.name, textOf(one.key)!]];
  });
}

/** `createRequire(import.meta.url)` or `createRequire(__filename)`, whatever it is called here. */
function isCreateRequire(value: AnyNode, imports: ReadonlyMap<string, ImportBinding>): boolean {
  if (value.type !== "CallExpression" || value.arguments.length !== 1) return false;
  const callee = value.callee.type === "SequenceExpression" ? value.callee.expressions.at(-1)! : value.callee;
  const name = callee.type === "MemberExpression" ? textOf(callee.property) : textOf(callee);
  if (name !== "createRequire" && (name === undefined || imports.get(name)?.name !== "createRequire"))
    return false;
  const [from] = value.arguments;
  if (from?.type === "Identifier") return from.name === "__filename";
  return from?.type === "MemberExpression" && textOf(from.property) === "url" && isMeta(from.object);
}

function isMeta(node: AnyNode): boolean {
  return node.type === "MetaProperty" || (node.type === "Identifier" && /import_?meta/i.test(node.name));
}

// ------------------------------------------------------------------ assignments

/**
 * In blocks and loops, where `repeated` is true, the value that a `var` is declared with may be given to
 * it again and again. `vars` are those that the function has declared with a value so far.
 */
function findAssigned(node: AnyNode, to: Set<string>, repeated = false, vars: Set<string> = new Set()): void {
  switch (node.type) {
    case "AssignmentExpression":
      add(node.left, to);
      break;
    case "UpdateExpression":
      add(node.argument, to);
      break;
    case "ForInStatement":
    case "ForOfStatement":
      if (node.left.type !== "VariableDeclaration") add(node.left, to);
      else if (node.left.kind === "var") for (const { id } of node.left.declarations) add(id, to);
      break;
    case "VariableDeclaration":
      if (node.kind !== "var") break;
      for (const name of node.declarations.flatMap(({ id, init }) => (init ? namesIn(id) : []))) {
        if (repeated || vars.has(name)) to.add(name);
        vars.add(name);
      }
      break;
  }
  const isFunction = FUNCTIONS.has(node.type);
  const inner = !isFunction && (repeated || REPEATED.has(node.type));
  const own = isFunction ? new Set<string>() : vars;
  for (const child of childrenOf(node)) findAssigned(child, to, inner, own);
}

const FUNCTIONS: ReadonlySet<AnyNode["type"]> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "StaticBlock",
]);

const REPEATED: ReadonlySet<AnyNode["type"]> = new Set([
  ...(["ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"] as const),
  ...(["IfStatement", "SwitchStatement", "TryStatement", "LabeledStatement"] as const),
]);

function add(target: AnyNode, to: Set<string>): void {
  for (const name of namesIn(target)) to.add(name);
}
