import { type AnyNode, type Options, type Program, parse } from "acorn";

export type FunctionNode = Extract<
  AnyNode,
  { type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression" }
>;
export type ClassNode = Extract<AnyNode, { type: "ClassDeclaration" | "ClassExpression" }>;

/** A piece of a text: `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a text may contain that stands alone only here: the text of a function has lost its surroundings. */
const LENIENT: Omit<Options, "sourceType"> = {
  ecmaVersion: "latest",
  allowReturnOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowSuperOutsideMethod: true,
  allowHashBang: true,
  checkPrivateFields: false,
};

/** The syntax tree of a program, or undefined if the parser does not understand it. */
export function parsed(text: string, sourceType: "module" | "script"): Program | undefined {
  try {
    return parse(text, { ...LENIENT, sourceType, allowAwaitOutsideFunction: sourceType === "module" });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const one of value) addNode(one, children);
    else addNode(value, children);
  }
  return children;
}

function addNode(value: unknown, to: AnyNode[]): void {
  if (typeof value !== "object" || value === null) return;
  if (typeof (value as { type?: unknown }).type === "string") to.push(value as AnyNode);
}

/** A node and everything below it. */
export function* descendants(node: AnyNode): Generator<AnyNode> {
  const rest: AnyNode[] = [node];
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    yield one;
    rest.push(...childrenOf(one).reverse());
  }
}

/** The names that a pattern binds: `a`, `b` and `c` of `{ a, x: [b, ...c] = [] }`. */
export function namesIn(pattern: AnyNode | null): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((one) => namesIn(one.type === "Property" ? one.value : one.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap(namesIn);
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "RestElement":
      return namesIn(pattern.argument);
    default:
      return [];
  }
}

/** True if the statements of a script or function begin with the directive "use strict". */
export function isStrict(statements: readonly AnyNode[]): boolean {
  return statements.some((one) => one.type === "ExpressionStatement" && one.directive === "use strict");
}
