/**
 * Looks into functions through an inspector session of the own thread: where a function was
 * written and the variables around it. `session.post` answers synchronously as long as nothing
 * runs in another thread.
 *
 * The open session costs the program nothing. The Debugger domain does (await, throw and code
 * generation become many times slower), so it is on only for the moment in which the list of
 * scripts is read, and only when a function comes from a script that is not known yet.
 */

import type { Session } from "node:inspector";
import type { AnyFunction } from "../task.ts";
import { type Standing, scriptOnStack } from "./on-stack.ts";
import { Script } from "./source.ts";

/** A scope around a function, as the engine shows it. */
export interface Scope {
  /** `Closure (name)`, `Module`, `Block`, `Script`, `Global` … */
  readonly description: string;
  /** Its variables; reading one that is not initialised yet throws (not on Node 20). */
  readonly object: Readonly<Record<string, unknown>>;
}

export interface Inspection {
  /** Undefined for what has no text: built-in and bound functions. */
  readonly location:
    | { readonly scriptId: string; readonly line: number; readonly column: number }
    | undefined;
  /** From the inside to the outside. */
  readonly scopes: readonly Scope[];
  readonly bound: Bound | undefined;
}

export interface Bound {
  readonly target: AnyFunction;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
}

interface InternalProperty {
  readonly name: string;
  readonly value?: RemoteObject;
}

interface Properties {
  readonly result?: readonly { readonly name: string; readonly isOwn?: boolean; readonly symbol?: unknown }[];
  readonly internalProperties?: readonly InternalProperty[];
  readonly privateProperties?: readonly { readonly name: string }[];
}

interface Parsed {
  readonly scriptId: string;
  readonly url: string;
  readonly startLine: number;
  readonly startColumn: number;
  readonly isModule?: boolean;
  readonly length?: number;
}

const GROUP = "dispatch-graph";
/** Releasing handles costs as much as asking for one, so it is done once for many functions, and soon. */
const RELEASE_AFTER = 256;
/** Sources of user code up to this size are read together, as one asks for them one after another. */
const READ_AHEAD = 500_000;

const SET = "function(...values){this.values=values}";
const GET = "function(){return this.subject}";

/** One per thread; see {@link inspector}. */
export class Inspector {
  readonly #session: Session;
  /** The only way for values into and out of the session. */
  readonly #holder: { subject: unknown; values: readonly unknown[] } = Object.assign(Object.create(null), {
    subject: undefined,
    values: [],
  });
  readonly #holderId: string;
  #scripts = new Map<string, Script>();
  #handles = 0;
  #error: Error | null = null;
  #answer: unknown;
  readonly #take = (error: Error | null, answer?: unknown): void => {
    this.#error = error;
    this.#answer = answer;
  };

  constructor({ Session }: typeof import("node:inspector")) {
    this.#session = new Session();
    this.#session.connect();
    // The session evaluates in the main context, whereas this module may have been loaded into another.
    const main = (Session as unknown as { constructor: FunctionConstructor }).constructor(
      "return globalThis",
    )();
    const key = Symbol("dispatch-graph");
    const name = Symbol.for("dispatch-graph.inspector");
    main[name] = { [key]: this.#holder, holder: this.#holder };
    try {
      const expression = 'globalThis[Symbol.for("dispatch-graph.inspector")].holder';
      this.#holderId = this.#post<{ result: { objectId: string } }>("Runtime.evaluate", {
        expression,
      }).result.objectId;
    } finally {
      delete main[name];
    }
  }

  /** Where the function was written and what it sees. */
  inspect(fn: AnyFunction): Inspection {
    const properties = this.#propertiesOf(fn).internalProperties ?? [];
    const found = new Map<string, RemoteObject | undefined>();
    for (const { name, value } of properties) found.set(name, value);
    const target = found.get("[[TargetFunction]]");
    let bound: Bound | undefined;
    let scopes: readonly Scope[] = [];
    if (target !== undefined) {
      const [fn, self, args] = this.#valuesOf([
        target,
        found.get("[[BoundThis]]"),
        found.get("[[BoundArgs]]"),
      ]);
      bound = { target: fn as AnyFunction, self, args: Array.from(args as ArrayLike<unknown>) };
    } else {
      const list = found.get("[[Scopes]]");
      if (list !== undefined) scopes = Array.from(this.#valuesOf([list])[0] as ArrayLike<Scope>);
    }
    const place = found.get("[[FunctionLocation]]")?.value as
      | { scriptId: string; lineNumber: number; columnNumber: number }
      | undefined;
    this.#release();
    return {
      location: place && { scriptId: place.scriptId, line: place.lineNumber, column: place.columnNumber },
      scopes,
      bound,
    };
  }

  /** The names of an object's `#fields`, and of methods and accessors of such names. */
  privateNamesOf(object: object): string[] {
    const { privateProperties = [] } = this.#propertiesOf(object);
    this.#release();
    return privateProperties.map(({ name }) => name);
  }

  /** The names of an object's own properties that are no indices. */
  namedKeysOf(object: object): string[] {
    const { result = [] } = this.#propertiesOf(object, true);
    this.#release();
    return result.flatMap(({ name, isOwn, symbol }) => (isOwn && symbol === undefined ? [name] : []));
  }

  /**
   * The script of this id, with its source.
   *
   * @param standing - a function that stands in it
   */
  script(id: string, standing?: Standing): Script | undefined {
    const known = this.#scripts.get(id);
    if (known?.hasSource) return known;
    const onStack = standing && scriptOnStack(standing);
    if (onStack !== undefined) this.#scripts.set(id, onStack);
    else this.#readScripts(id);
    return this.#scripts.get(id);
  }

  #propertiesOf(subject: unknown, nonIndexedPropertiesOnly = false): Properties {
    this.#holder.subject = subject;
    const { objectId } = this.#post<{ result: RemoteObject }>("Runtime.callFunctionOn", {
      objectId: this.#holderId,
      functionDeclaration: GET,
      objectGroup: GROUP,
      silent: true,
    }).result;
    this.#holder.subject = undefined;
    return this.#post<Properties>("Runtime.getProperties", {
      objectId,
      ownProperties: true,
      nonIndexedPropertiesOnly,
    });
  }

  #valuesOf(remote: readonly (RemoteObject | undefined)[]): readonly unknown[] {
    this.#post("Runtime.callFunctionOn", {
      objectId: this.#holderId,
      functionDeclaration: SET,
      arguments: remote.map((one) => ({
        objectId: one?.objectId,
        value: one?.objectId === undefined ? one?.value : undefined,
        unserializableValue: one?.unserializableValue,
      })),
      silent: true,
      returnByValue: true,
    });
    const { values } = this.#holder;
    this.#holder.values = [];
    return values;
  }

  #release(): void {
    if (this.#handles === 0) setImmediate(this.#releaseAll).unref();
    if (++this.#handles === RELEASE_AFTER) this.#releaseAll();
  }

  readonly #releaseAll = (): void => {
    if (this.#handles === 0) return;
    this.#handles = 0;
    this.#post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  };

  #readScripts(wanted: string): void {
    const scripts = new Map<string, Script>();
    const onParsed = ({ params }: { params: Parsed }): void => {
      const { scriptId, url, isModule, startLine, startColumn, length = 0 } = params;
      const script =
        this.#scripts.get(scriptId) ?? new Script(url, isModule === true, startLine, startColumn);
      scripts.set(scriptId, script);
      const ahead = url.startsWith("file:") && !url.includes("/node_modules/") && length < READ_AHEAD;
      if ((ahead || scriptId === wanted) && !script.hasSource) missing.push(scriptId);
    };
    const missing: string[] = [];
    this.#session.on("Debugger.scriptParsed", onParsed as never);
    try {
      this.#post("Debugger.enable", {});
      for (const scriptId of missing) {
        const { scriptSource } = this.#post<{ scriptSource: string }>("Debugger.getScriptSource", {
          scriptId,
        });
        scripts.get(scriptId)?.setSource(scriptSource);
      }
    } finally {
      this.#post("Debugger.disable", {});
      this.#session.off("Debugger.scriptParsed", onParsed as never);
    }
    this.#scripts = scripts;
  }

  #post<A>(method: string, parameters: object): A {
    this.#answer = undefined;
    this.#error = null;
    this.#session.post(method, parameters, this.#take);
    if (this.#error !== null) throw this.#error;
    return this.#answer as A;
  }
}

let found: Inspector | undefined;
let missing = false;

/** The inspector of this thread; undefined where there is none, or where it is not permitted. */
export function inspector(): Inspector | undefined {
  if (found !== undefined || missing) return found;
  try {
    const module = process.getBuiltinModule("node:inspector");
    if (module === undefined) missing = true;
    else found = new Inspector(module);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_ACCESS_DENIED") throw error;
    missing = true;
  }
  return found;
}
