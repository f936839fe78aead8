/**
 * Functions as data. Everything here is plain objects, arrays, strings, numbers and typed arrays,
 * so that it passes through `structuredClone`, `postMessage` and `v8.serialize` unchanged.
 *
 * A recipe is a table of nodes, each of which says how to make one value from the values of other
 * nodes. A node refers to nodes before it, except where values form a cycle; hence the receiver
 * makes them in the order of the table and closes the cycles at the end.
 *
 * What must be the same thing wherever it is met (a class; a function whose captured values never
 * change; the text of a function) is a definition: it has an id, is sent to a thread once, and
 * recipes only name it.
 */

/** A value in a recipe: itself if it is a primitive, else the node that makes it. */
export type Slot = undefined | null | boolean | number | bigint | string | At;

/** The node at an index of the same recipe. */
export interface At {
  readonly at: number;
}

/** An exported member of a module that the receiver imports itself. */
export interface ModuleReference {
  /** As in an import statement; `self:` and a path stands for a module of this package. */
  readonly specifier: string;
  /** URL of the module that imports it. */
  readonly parent: string;
  /** Name of the export; `*` is the namespace. */
  readonly name: string;
  /** Leads from there to the value: `["posix", "join"]`. */
  readonly members: readonly string[];
  /** True if it is loaded by `require`: the name `default` is then all that it exports. */
  readonly required: boolean;
  /** `name@version` of the package that it belongs to; undefined for what comes with Node. */
  readonly package: string | undefined;
  /** Import attributes such as `{ type: "json" }`. */
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** The own properties of an object. */
export interface Properties {
  /** Ordinary ones: key, value, key, value … */
  readonly plain: readonly Slot[];
  /** All of them, in this form, if some are no ordinary ones. */
  readonly special: readonly SpecialProperty[] | undefined;
  /** 1: not extensible, 2: sealed, 3: frozen. */
  readonly level: number;
}

export interface SpecialProperty {
  readonly key: Slot;
  /** 1: writable, 2: enumerable, 4: configurable, 8: has getter or setter. */
  readonly flags: number;
  readonly value: Slot;
  readonly get: Slot;
  readonly set: Slot;
}

/** The text of a function or class, and where it stood. */
export interface Code {
  readonly kind: "code";
  /** An expression; if `held`, the function is the only member of the object that it gives. */
  readonly text: string;
  readonly held: boolean;
  /** Where the function itself begins in `text`, and ends. */
  readonly start: number;
  readonly strict: boolean;
  /** The variables that the text takes from outside. */
  readonly parameters: readonly string[];
  /** URL of the module or script, and the position (from 0) of the function in it. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

export interface FunctionNode {
  readonly kind: "function";
  /** Id of the definition of its code. */
  readonly code: string;
  /** The values of the code's parameters. */
  readonly captured: readonly Slot[];
  /** Its `name`, if that is not what follows from the text. */
  readonly name: string | undefined;
  /** Properties that do not follow from the text. */
  readonly own: Properties | undefined;
  /** What it inherits from itself, if that is neither the default nor what its class extends. */
  readonly parent: Slot;
  /** What is not by default so in its `prototype`. */
  readonly prototype: { readonly parent: Slot; readonly own: Properties | undefined } | undefined;
}

/** How to make one value. */
export type RecipeNode =
  | FunctionNode
  /** A path from the global object: `Math.max`. */
  | { readonly kind: "global"; readonly path: readonly string[] }
  | { readonly kind: "symbol"; readonly key: string; readonly wellKnown: boolean }
  | { readonly kind: "module"; readonly reference: ModuleReference }
  /** What a definition gives, or the value of one of the nodes of its recipe. */
  | { readonly kind: "definition"; readonly id: string; readonly node: number | undefined }
  | {
      readonly kind: "bound";
      readonly target: Slot;
      readonly self: Slot;
      readonly args: readonly Slot[];
      readonly own: Properties | undefined;
    }
  /** The `prototype` of a function or class. */
  | { readonly kind: "prototype"; readonly of: Slot }
  /** `prototype` undefined: that of plain objects. */
  | { readonly kind: "object"; readonly prototype: Slot; readonly own: Properties }
  | {
      readonly kind: "array";
      readonly prototype: Slot;
      readonly length: number;
      readonly items: readonly Slot[];
      readonly own: Properties | undefined;
    }
  | {
      readonly kind: "map";
      readonly prototype: Slot;
      readonly entries: readonly Slot[];
      readonly own: Properties | undefined;
    }
  | {
      readonly kind: "set";
      readonly prototype: Slot;
      readonly entries: readonly Slot[];
      readonly own: Properties | undefined;
    }
  /** Both empty; who has keys adds them by weak entries. */
  | { readonly kind: "weak-map" }
  | { readonly kind: "weak-set" }
  /** Makes nothing: key, value, key, value … for a WeakMap, or keys and undefined for a WeakSet. */
  | { readonly kind: "weak-entries"; readonly of: Slot; readonly entries: readonly Slot[] }
  | {
      readonly kind: "date";
      readonly prototype: Slot;
      readonly time: number;
      readonly own: Properties | undefined;
    }
  | {
      readonly kind: "regexp";
      readonly prototype: Slot;
      readonly source: string;
      readonly flags: string;
      readonly lastIndex: number;
      readonly own: Properties | undefined;
    }
  | {
      readonly kind: "error";
      readonly prototype: Slot;
      readonly stack: string | undefined;
      readonly own: Properties;
    }
  | {
      readonly kind: "dom-exception";
      readonly message: string;
      readonly name: string;
      readonly stack: string | undefined;
    }
  | { readonly kind: "cell"; readonly value: Slot }
  | { readonly kind: "boxed"; readonly value: Slot; readonly own: Properties | undefined }
  | { readonly kind: "url"; readonly href: string }
  | { readonly kind: "url-search-params"; readonly text: string }
  /** Copied by the transport: ArrayBuffer, SharedArrayBuffer. */
  | {
      readonly kind: "buffer";
      readonly bytes: ArrayBuffer | SharedArrayBuffer;
      readonly own: Properties | undefined;
    }
  | {
      readonly kind: "view";
      readonly type: string;
      readonly buffer: Slot;
      readonly offset: number;
      readonly length: number | undefined;
      readonly own: Properties | undefined;
    }
  /** An instance that gave its own data, for the class's own function to make it again. */
  | { readonly kind: "hooked"; readonly of: Slot; readonly data: Slot }
  /** An arguments object. */
  | { readonly kind: "arguments"; readonly items: readonly Slot[] }
  /** Belongs to the module at this URL: its `import.meta`, its `require`, its `import()`. */
  | { readonly kind: "meta" | "require" | "import"; readonly url: string }
  /** What `remote()` gives for this URL, or its function of this name. */
  | { readonly kind: "remote"; readonly url: string; readonly name: string | undefined }
  /** Takes whatever is called, read or counted of it: stands for counters of coverage tools. */
  | { readonly kind: "sink" };

/** The recipe of a value. */
export interface ValueRecipe {
  readonly kind: "value";
  readonly nodes: readonly RecipeNode[];
  readonly root: Slot;
}

export type Recipe = ValueRecipe | Code;

/** A function, a class, or the text of one. */
export interface Definition {
  readonly id: string;
  readonly recipe: Recipe;
  /** Ids of the definitions that the recipe refers to. */
  readonly uses: readonly string[];
}

/** Any other value. */
export interface Capsule {
  readonly recipe: ValueRecipe;
  readonly uses: readonly string[];
}
