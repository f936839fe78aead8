import type { AnyNode, MethodDefinition, PropertyDefinition, VariableDeclaration } from "acorn";
import { type ClassNode, childrenOf, type FunctionNode, namesIn } from "./syntax.ts";

/**
 * A use of a name. `this`, `super`, `new.target` and `#private` names are names as well here:
 * like variables they belong to the innermost surroundings that have them.
 */
export interface Use {
  readonly name: string;
  readonly node: AnyNode;
  readonly kind: "read" | "write" | "member" | "typeof" | "call";
  /** The property that is read, if the use is nothing else. */
  readonly member?: string;
}

/** What a function that is no arrow function has of its own. */
const OWN = ["this", "arguments", "new.target", "super"];

class Scope {
  readonly uses: Use[] = [];
  readonly #names = new Set<string>();
  readonly #parent: Scope | undefined;
  /** Where `var` declares. */
  readonly #function: Scope;

  constructor(parent: Scope | undefined, isFunction = false) {
    this.#parent = parent;
    this.#function = isFunction || parent === undefined ? this : parent.#function;
  }

  get isFunction(): boolean {
    return this.#function === this;
  }

  declare(names: readonly string[], kind: string = "let"): void {
    for (const name of names) (kind === "var" ? this.#function : this).#names.add(name);
  }

  /** Only now all declarations of the scope are known, as some of them come after their uses. */
  close(): void {
    for (const use of this.uses) if (!this.#names.has(use.name)) this.#parent?.uses.push(use);
  }
}

/** Finds the names that a function or class takes from outside. */
export class Scopes {
  /** Functions declared in blocks: in sloppy code they are variables of the function around as well. */
  readonly inBlocks: Set<string> = new Set();
  readonly #outer = new Scope(undefined);
  readonly #root: AnyNode;
  readonly #isMethod: boolean;

  /**
   * `root` is a function or class expression. Its own name counts as one from outside; the `extends`
   * expression of a root class is left out. If `root` is a method, its `super` is that of an object
   * that is not part of the text.
   */
  constructor(root: FunctionNode | ClassNode, isMethod: boolean) {
    this.#root = root;
    this.#isMethod = isMethod;
    this.#visit(root, this.#outer);
  }

  /** Uses of names that the root does not declare itself, in no particular order. */
  get free(): readonly Use[] {
    return this.#outer.uses;
  }

  #visitAll(nodes: readonly (AnyNode | null | undefined)[], scope: Scope): void {
    for (const node of nodes) if (node) this.#visit(node, scope);
  }

  #visit(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        use(node.name, node, "read", scope);
        break;
      case "PrivateIdentifier":
        use(`#${node.name}`, node, "read", scope);
        break;
      case "ThisExpression":
        use("this", node, "read", scope);
        break;
      case "Super":
        use("super", node, "read", scope);
        break;
      case "MetaProperty":
        if (node.meta.name === "new") use("new.target", node, "read", scope);
        break;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        this.#function(node, scope);
        break;
      case "ClassDeclaration":
      case "ClassExpression":
        this.#class(node, scope);
        break;
      case "VariableDeclaration":
        this.#variables(node, scope);
        break;
      case "MemberExpression":
        this.#member(node, scope, true);
        break;
      case "Property":
        if (node.computed) this.#visit(node.key, scope);
        this.#visit(node.value, scope);
        break;
      case "UnaryExpression":
        if (node.operator === "typeof" && node.argument.type === "Identifier")
          use(node.argument.name, node.argument, "typeof", scope);
        else if (node.operator === "delete") this.#target(node.argument, scope);
        else this.#visit(node.argument, scope);
        break;
      case "CallExpression":
        if (node.callee.type === "Identifier" && !node.optional)
          use(node.callee.name, node.callee, "call", scope);
        else this.#visit(node.callee, scope);
        this.#visitAll(node.arguments, scope);
        break;
      case "UpdateExpression":
        this.#target(node.argument, scope);
        break;
      case "AssignmentExpression":
        this.#target(node.left, scope);
        this.#visit(node.right, scope);
        break;
      case "LabeledStatement":
        this.#visit(node.body, scope);
        break;
      case "BreakStatement":
      case "ContinueStatement":
        break;
      case "BlockStatement":
        this.#within(new Scope(scope), node.body);
        break;
      case "SwitchStatement":
        this.#visit(node.discriminant, scope);
        this.#within(new Scope(scope), node.cases);
        break;
      case "ForStatement":
        this.#within(new Scope(scope), [node.init, node.test, node.update, node.body]);
        break;
      case "ForInStatement":
      case "ForOfStatement": {
        const loop = new Scope(scope);
        if (node.left.type === "VariableDeclaration") this.#variables(node.left, loop);
        else this.#target(node.left, loop);
        this.#within(loop, [node.right, node.body]);
        break;
      }
      case "CatchClause": {
        const caught = new Scope(scope);
        if (node.param) this.#binding(node.param, caught, "let");
        this.#within(caught, [node.body]);
        break;
      }
      default:
        this.#visitAll(childrenOf(node), scope);
        break;
    }
  }

  #within(scope: Scope, nodes: readonly (AnyNode | null | undefined)[]): void {
    this.#visitAll(nodes, scope);
    scope.close();
  }

  #function(node: FunctionNode, scope: Scope): void {
    if (node.type === "FunctionDeclaration") {
      scope.declare([node.id!.name]);
      if (!scope.isFunction && !node.async && !node.generator) this.inBlocks.add(node.id!.name);
    }
    const named = new Scope(scope);
    if (node.type === "FunctionExpression" && node.id && node !== this.#root) named.declare([node.id.name]);
    // Parameters do not see the variables of the body, hence two scopes.
    const parameters = new Scope(named, true);
    if (node.type !== "ArrowFunctionExpression")
      parameters.declare(node === this.#root && this.#isMethod ? OWN.slice(0, -1) : OWN);
    for (const one of node.params) this.#binding(one, parameters, "let");
    this.#within(
      new Scope(parameters, true),
      node.body.type === "BlockStatement" ? node.body.body : [node.body],
    );
    parameters.close();
    named.close();
  }

  #class(node: ClassNode, scope: Scope): void {
    if (node.type === "ClassDeclaration") scope.declare([node.id!.name]);
    const inner = new Scope(scope);
    if (node.id && node !== this.#root) inner.declare([node.id.name]);
    if (node.superClass && node !== this.#root) this.#visit(node.superClass, inner);
    for (const member of node.body.body) {
      if (member.type === "StaticBlock") this.#memberCode(member.body, inner);
      else this.#classMember(member, inner);
    }
    inner.close();
  }

  #classMember(member: MethodDefinition | PropertyDefinition, scope: Scope): void {
    if (member.computed) this.#visit(member.key, scope);
    else if (member.key.type === "PrivateIdentifier") scope.declare([`#${member.key.name}`]);
    if (member.type === "MethodDefinition") this.#visit(member.value, scope);
    else if (member.value) this.#memberCode([member.value], scope);
  }

  /** Static blocks and the initial values of fields run as methods do. */
  #memberCode(nodes: readonly AnyNode[], scope: Scope): void {
    const code = new Scope(scope, true);
    code.declare(OWN);
    this.#within(code, nodes);
  }

  #variables({ declarations, kind }: VariableDeclaration, scope: Scope): void {
    for (const { id, init } of declarations) {
      this.#binding(id, scope, kind);
      if (init) this.#visit(init, scope);
    }
  }

  /** Declares the names of a pattern, and looks into its computed keys and default values. */
  #binding(pattern: AnyNode, scope: Scope, kind: string): void {
    scope.declare(namesIn(pattern), kind);
    this.#pattern(pattern, scope, () => {});
  }

  /** What is assigned to, changed or deleted. */
  #target(pattern: AnyNode, scope: Scope): void {
    this.#pattern(pattern, scope, (leaf) => {
      if (leaf.type === "Identifier") use(leaf.name, leaf, "write", scope);
      else if (leaf.type === "MemberExpression") this.#member(leaf, scope, false);
      else this.#visit(leaf, scope);
    });
  }

  #pattern(pattern: AnyNode | null, scope: Scope, onLeaf: (leaf: AnyNode) => void): void {
    if (pattern === null) return;
    switch (pattern.type) {
      case "ObjectPattern":
        for (const one of pattern.properties) {
          if (one.type === "Property" && one.computed) this.#visit(one.key, scope);
          this.#pattern(one.type === "Property" ? one.value : one.argument, scope, onLeaf);
        }
        break;
      case "ArrayPattern":
        for (const one of pattern.elements) this.#pattern(one, scope, onLeaf);
        break;
      case "AssignmentPattern":
        this.#pattern(pattern.left, scope, onLeaf);
        this.#visit(pattern.right, scope);
        break;
      case "RestElement":
        this.#pattern(pattern.argument, scope, onLeaf);
        break;
      default:
        onLeaf(pattern);
    }
  }

  #member(node: AnyNode & { type: "MemberExpression" }, scope: Scope, isRead: boolean): void {
    const { object, property, computed } = node;
    const member = memberName(property, computed);
    if (isRead && object.type === "Identifier" && member !== undefined)
      scope.uses.push({ name: object.name, node: object, kind: "member", member });
    else this.#visit(object, scope);
    if (computed || property.type === "PrivateIdentifier") this.#visit(property, scope);
  }
}

function use(name: string, node: AnyNode, kind: Use["kind"], scope: Scope): void {
  scope.uses.push({ name, node, kind });
}

function memberName(property: AnyNode, computed: boolean): string | undefined {
  if (!computed) return property.type === "Identifier" ? property.name : undefined;
  return property.type === "Literal" && typeof property.value === "string" ? property.value : undefined;
}
