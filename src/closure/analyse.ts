import type { AnyNode, Expression } from "acorn";
import { Scopes, type Use } from "./scopes.ts";
import { type ClassNode, descendants, type FunctionNode, isStrict, parsed, type Span } from "./syntax.ts";

/** A name that a function takes from its surroundings. */
export interface FreeName {
  readonly name: string;
  /** True if the function, or one inside of it, assigns to it. */
  readonly assigned: boolean;
  /** The properties that are read or called of it, if it is used in no other way. */
  readonly members: readonly string[] | undefined;
  /** True if all that is asked of it is `typeof`: it need not exist. */
  readonly typeofOnly: boolean;
  /**
   * True if a block inside declares a function of this name: then sloppy code means that one, and
   * only strict code one from outside.
   */
  readonly inBlock: boolean;
  /** Where it is used. */
  readonly spans: readonly UseSpan[];
}

/** The word itself. */
interface UseSpan extends Span {
  /** True if it stands for `name: name` in an object. */
  readonly shorthand: boolean;
  /** True if it is called: `name()`, `name?.()`, or as a tag. */
  readonly called: boolean;
}

/** What the text of a function says about it. All positions are positions in that text. */
export interface FunctionText {
  /** `method` is everything that is no expression by itself: methods, getters and setters, of objects and classes. */
  readonly form: "function" | "arrow" | "class" | "method";
  /** What is to be written before the text, and after it, to get an expression; see {@link held}. */
  readonly before: string;
  readonly after: string;
  /**
   * False if the value of the expression is the function. True if it is an object of which the
   * function is the only member: its value, getter or setter (`functionIn` takes it out).
   */
  readonly held: boolean;
  /** True if the text alone says that the code is strict: by a directive of its own, or as a class. */
  readonly strict: boolean;
  /**
   * Names from outside, in the order of their first use; neither the function's own name nor what
   * only the `extends` of the class itself or the computed key of the method itself names.
   */
  readonly free: readonly FreeName[];
  /** The name by which the text calls the function itself, and what is done with it. */
  readonly ownName: { readonly name: string; readonly used: boolean; readonly assigned: boolean } | undefined;
  readonly outerThis: boolean;
  readonly outerArguments: boolean;
  readonly outerNewTarget: boolean;
  /** True if a method, or an arrow function in one, uses the `super` of its object. */
  readonly usesSuper: boolean;
  readonly directEval: boolean;
  /** Occurrences of `import.meta`. */
  readonly importMeta: readonly Span[];
  /** The keywords of `import(…)`: only the word, so that what is called can be replaced. */
  readonly dynamicImports: readonly Span[];
  /** `#names` of a class around the text. */
  readonly foreignPrivateNames: readonly string[];
  /** The expression after `extends` of the class itself. */
  readonly heritage: Span | undefined;
  /** Expressions between `[` and `]` that name the method itself, or the members of the class itself. */
  readonly computedKeys: readonly Span[];
}

const NATIVE = /\{\s*\[native code\]\s*\}$/;

/** True of texts that only say that there is no text: built-in and bound functions. */
export function isNativeText(text: string): boolean {
  return NATIVE.test(text);
}

/** Texts are few, also where functions are many; the oldest go when there are more than this. */
const KNOWN = 2_000;
const known = new Map<string, FunctionText>();

/**
 * Reads the text of a function or class, as its `toString()` gives it.
 *
 * @throws TypeError if there is no text, or none that can be read.
 */
export function analyse(text: string): FunctionText {
  let analysed = known.get(text);
  if (analysed !== undefined) return analysed;
  analysed = read(text);
  if (known.size >= KNOWN) known.delete(known.keys().next().value!);
  known.set(text, analysed);
  return analysed;
}

/** The function in the object that the text of a `held` function evaluates to. */
export function functionIn(holder: object): unknown {
  const { value, get, set } = Object.getOwnPropertyDescriptor(holder, Reflect.ownKeys(holder)[0]!)!;
  return value ?? get ?? set;
}

interface Read extends Pick<FunctionText, "form" | "before" | "after" | "held"> {
  readonly root: FunctionNode | ClassNode;
  readonly key: AnyNode | undefined;
  /** Where the text begins in the text that was parsed. */
  readonly offset: number;
}

function read(text: string): FunctionText {
  const found = readExpression(text) ?? readMethod(text) ?? readPrivateMethod(text) ?? readInner(text);
  if (found === undefined) {
    const what = isNativeText(text)
      ? "a built-in or bound function, which has no source text"
      : "not JavaScript";
    throw new TypeError(
      `the text of the function is ${what}: ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`,
    );
  }
  return describe(found);
}

function readExpression(text: string): Read | undefined {
  const root = expressionOf(`(${text})`);
  return isRoot(root)
    ? { form: formOf(root), before: "(", after: ")", held: false, root, key: undefined, offset: 1 }
    : undefined;
}

function readMethod(text: string): Read | undefined {
  // V8 leaves out the name of a class's method that is called `static`.
  const before = text.startsWith("(") ? "({static" : "({";
  const object = expressionOf(`${before}${text}})`);
  if (object?.type !== "ObjectExpression") return undefined;
  const [property, ...others] = object.properties;
  if (property?.type !== "Property" || others.length > 0) return undefined;
  const { value: root, key, computed, method, kind } = property;
  if (!isRoot(root) || (kind === "init" && !method)) return undefined;
  return {
    form: "method",
    before,
    after: "})",
    held: true,
    root,
    key: computed ? key : undefined,
    offset: before.length,
  };
}

const PRIVATE_METHOD = /^(?:async\b\s*)?\*?\s*(#[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/u;

/** The class that it is evaluated in is not the one that it comes from. */
function readPrivateMethod(text: string): Read | undefined {
  const name = PRIVATE_METHOD.exec(text)?.[1];
  if (name === undefined) return undefined;
  const before = "(class{static ";
  const after = `;static take(){return this.${name}}}).take()`;
  const call = expressionOf(before + text + after);
  if (call?.type !== "CallExpression" || call.callee.type !== "MemberExpression") return undefined;
  const holder = call.callee.object;
  const method = holder.type === "ClassExpression" ? holder.body.body[0] : undefined;
  if (method?.type !== "MethodDefinition") return undefined;
  return {
    form: "method",
    before,
    after,
    held: false,
    root: method.value,
    key: undefined,
    offset: before.length,
  };
}

/** Arrow functions with the `new.target` or `super()` of a constructor around them. */
function readInner(text: string): Read | undefined {
  const before = "(class extends Object{constructor(){(";
  const holder = expressionOf(`${before}${text})}})`);
  const method = holder?.type === "ClassExpression" ? holder.body.body[0] : undefined;
  const statement = method?.type === "MethodDefinition" ? method.value.body.body[0] : undefined;
  const root = statement?.type === "ExpressionStatement" ? statement.expression : undefined;
  return isRoot(root)
    ? {
        form: formOf(root),
        before: "(",
        after: ")",
        held: false,
        root,
        key: undefined,
        offset: before.length,
      }
    : undefined;
}

function expressionOf(text: string): Expression | undefined {
  const [statement, ...others] = parsed(text, "script")?.body ?? [];
  return statement?.type === "ExpressionStatement" && others.length === 0 ? statement.expression : undefined;
}

function isRoot(node: AnyNode | undefined): node is FunctionNode | ClassNode {
  return node !== undefined && /^(?:Function|ArrowFunction|Class)Expression$/.test(node.type);
}

function formOf(root: FunctionNode | ClassNode): "function" | "arrow" | "class" {
  if (root.type === "ClassExpression") return "class";
  return root.type === "ArrowFunctionExpression" ? "arrow" : "function";
}

function describe({ form, before, after, held, root, key, offset }: Read): FunctionText {
  const scopes = new Scopes(root, form === "method");
  const uses = new Map<string, Use[]>();
  for (const use of [...scopes.free].sort((a, b) => a.node.start - b.node.start)) {
    const same = uses.get(use.name);
    if (same) same.push(use);
    else uses.set(use.name, [use]);
  }
  const spanOf = ({ start, end }: AnyNode): Span => ({ start: start - offset, end: end - offset });
  const inside = [...descendants(root)];
  const shorthands = new Set(inside.flatMap(shorthandOf));
  const callees = new Set(inside.flatMap(calleeOf));
  const useSpanOf = ({ node }: Use): UseSpan => ({
    ...spanOf(node),
    shorthand: shorthands.has(node),
    called: callees.has(node),
  });
  const ownName = root.type === "ArrowFunctionExpression" ? undefined : root.id?.name;
  const members = root.type === "ClassExpression" ? root.body.body : [];
  const keys = members.flatMap((one): AnyNode[] =>
    one.type !== "StaticBlock" && one.computed ? [one.key] : [],
  );
  if (key) keys.push(key);
  return {
    form,
    before,
    after,
    held,
    strict: form === "class" || (root.body.type === "BlockStatement" && isStrict(root.body.body)),
    free: [...uses]
      .filter(([name]) => name !== ownName && isVariable(name))
      .map(([name, its]) => freeName(name, its, scopes.inBlocks.has(name), its.map(useSpanOf))),
    ownName:
      ownName === undefined
        ? undefined
        : {
            name: ownName,
            used: uses.has(ownName),
            assigned: uses.get(ownName)?.some(({ kind }) => kind === "write") ?? false,
          },
    outerThis: uses.has("this"),
    outerArguments: uses.has("arguments"),
    outerNewTarget: uses.has("new.target"),
    usesSuper: uses.has("super"),
    directEval: uses.get("eval")?.some(({ kind }) => kind === "call") ?? false,
    importMeta: inside.filter((one) => one.type === "MetaProperty" && one.meta.name === "import").map(spanOf),
    dynamicImports: inside
      .filter((one) => one.type === "ImportExpression")
      .map(({ start }) => ({ start: start - offset, end: start - offset + "import".length })),
    foreignPrivateNames: [...uses.keys()].filter((name) => name.startsWith("#")),
    heritage: root.type === "ClassExpression" && root.superClass ? spanOf(root.superClass) : undefined,
    computedKeys: keys.map(spanOf),
  };
}

/** The `name` of `{ name }` or of `{ name = 1 }`. */
function shorthandOf(node: AnyNode): AnyNode[] {
  if (node.type !== "Property" || !node.shorthand) return [];
  return [node.value.type === "AssignmentPattern" ? node.value.left : node.value];
}

function calleeOf(node: AnyNode): AnyNode[] {
  if (node.type === "CallExpression") return [node.callee];
  return node.type === "TaggedTemplateExpression" ? [node.tag] : [];
}

function freeName(name: string, uses: readonly Use[], inBlock: boolean, spans: readonly UseSpan[]): FreeName {
  const members = uses.flatMap(({ member }) => member ?? []);
  return {
    name,
    assigned: uses.some(({ kind }) => kind === "write"),
    members: members.length === uses.length ? [...new Set(members)] : undefined,
    typeofOnly: uses.every(({ kind }) => kind === "typeof"),
    inBlock,
    spans,
  };
}

/** `this`, `super`, `new.target`, `arguments` and `#names` are told apart from variables elsewhere. */
function isVariable(name: string): boolean {
  return !name.startsWith("#") && !["this", "super", "new.target", "arguments"].includes(name);
}
