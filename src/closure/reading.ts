/**
 * What can be known of a function without changing anything: its text, where it was written, the
 * variables it uses and their present values.
 */

import type { AnyFunction } from "../task.ts";
import { analyse, type FreeName, type FunctionText, isNativeText } from "./analyse.ts";
import { compiledFrom } from "./compile.ts";
import { isGlobalName } from "./globals.ts";
import { factsOf } from "./home.ts";
import { type Bound, type Inspection, inspector, type Scope } from "./inspect.ts";
import type { Code } from "./recipe.ts";
import type { Script } from "./source.ts";
import { extrasOf, HERITAGE, IMPORT, META, OWN_NAME, portable } from "./text.ts";
import { type Place, Unreadable, type Variable, variableOf } from "./variables.ts";

export interface Reading {
  readonly text: string;
  readonly facts: FunctionText;
  readonly variables: readonly Variable[];
  /** Its parameters are the names of the variables. */
  readonly code: Code;
  /** Variables of the same script and name may be the same variable. */
  readonly scriptId: string;
}

/** What a function is, apart from its variables. */
export type Nature = Native | BoundFunction | Written;

interface Native {
  readonly kind: "native";
}

interface BoundFunction {
  readonly kind: "bound";
  readonly bound: Bound;
}

export interface Written {
  readonly kind: "written";
  /** Empty for what was never in a file. */
  readonly url: string;
  readonly inspection: Inspection | undefined;
  readonly script: Script | undefined;
}

/** What all functions of the same place have in common. */
interface Plan {
  readonly text: string;
  readonly facts: FunctionText;
  readonly extras: readonly string[];
  readonly place: PlaceOfText;
  readonly strict: boolean;
  /** True if its name is also that of a variable around it. */
  readonly isDeclared: boolean;
  readonly start: { readonly line: number; readonly column: number };
  code: Code | undefined;
}

interface PlaceOfText extends Place {
  readonly strict: boolean;
}

const NO_INSPECTOR =
  "its value cannot be read, as this process has no inspector; use remote() or pass it as an argument";
const NOWHERE: PlaceOfText = {
  url: "",
  mayBeElsewhere: () => false,
  facts: { imports: new Map(), assigned: new Set(), strict: false, strictParts: [], requires: new Set() },
  strict: false,
};
const MOST_PLANS = 5_000;

/** Reads the functions of one thread. */
export class FunctionReader {
  readonly #plans = new Map<string, Plan>();

  natureOf(fn: AnyFunction): Nature {
    const inspection = inspector()?.inspect(fn);
    if (inspection?.bound !== undefined) return { kind: "bound", bound: inspection.bound };
    if (inspection?.location === undefined && isNativeText(textOf(fn))) return { kind: "native" };
    const { location } = inspection ?? {};
    const script = location && inspector()?.script(location.scriptId, { text: textOf(fn), ...location });
    return { kind: "written", url: script?.url ?? "", inspection, script };
  }

  /** @throws Unreadable if the function depends on what cannot be read. */
  read(fn: AnyFunction, { inspection, script }: Written): Reading {
    const plan = this.#planOf(textOf(fn), inspection, script);
    const { facts, place } = plan;
    const scopes = inspection?.scopes ?? [];
    const variables: Variable[] = [];
    for (const free of facts.free) {
      if (inspection === undefined && !free.typeofOnly && !isGlobalName(free.name)) {
        throw new Unreadable(NO_INSPECTOR, free.name);
      }
      const found = variableOf(free, scopes, place);
      if (found !== undefined) variables.push(found);
    }
    for (const extra of plan.extras) variables.push(extraOf(extra, fn, place.url, scopes));
    const renamed = otherOfItsName(fn, facts, scopes, plan);
    if (renamed !== undefined) variables.push(renamed);
    return {
      text: plan.text,
      facts,
      variables,
      code: codeOf(plan, variables),
      scriptId: inspection?.location?.scriptId ?? "",
    };
  }

  #planOf(text: string, inspection: Inspection | undefined, script: Script | undefined): Plan {
    const location = inspection?.location;
    const key = location === undefined ? text : `${location.scriptId}:${location.line}:${location.column}`;
    let plan = this.#plans.get(key);
    if (plan?.text === text) return plan;
    const facts = analysed(text);
    const home = this.#placeOf(script);
    const strict = facts.strict || home.strict || isInStrictPart(text, location, script);
    const place = strict ? home : sloppy(home, text);
    const start = (location && script?.startOf(text, location.line, location.column)) ?? {
      line: 0,
      column: 0,
    };
    const isDeclared =
      facts.form === "function" &&
      location !== undefined &&
      script?.isDeclaration(text, location.line, location.column) === true;
    plan = { text, facts, place, strict, start, isDeclared, extras: extrasOf(facts), code: undefined };
    if (this.#plans.size >= MOST_PLANS) this.#plans.clear();
    this.#plans.set(key, plan);
    return plan;
  }

  #placeOf(script: Script | undefined): PlaceOfText {
    if (script === undefined) return NOWHERE;
    const compiled = compiledFrom(script.source);
    if (compiled !== undefined) return { ...NOWHERE, ...compiled };
    return {
      url: script.url,
      mayBeElsewhere: NOWHERE.mayBeElsewhere,
      get facts() {
        return factsOf(script);
      },
      get strict() {
        return script.isModule || factsOf(script).strict;
      },
    };
  }
}

/** Only strict code says where its names come from. */
function sloppy(place: PlaceOfText, text: string): PlaceOfText {
  const hasWith = /\bwith\s*\(/.test(text);
  return Object.create(place, {
    mayBeElsewhere: { value: ({ inBlock }: FreeName) => inBlock || hasWith },
  }) as PlaceOfText;
}

/** True of code in a class, or in a function that begins with "use strict". */
function isInStrictPart(text: string, location: Inspection["location"], script: Script | undefined): boolean {
  const offset = location && script?.offsetOf(text, location.line, location.column);
  if (script === undefined || offset === undefined) return false;
  return factsOf(script).strictParts.some(({ start, end }) => start <= offset && offset < end);
}

function codeOf(plan: Plan, variables: readonly Variable[]): Code {
  const { code: known, place, strict, start } = plan;
  if (
    known?.parameters.length === variables.length &&
    variables.every(({ name }, at) => name === known.parameters[at])
  ) {
    return known;
  }
  const cells = new Set(variables.flatMap((one) => (one.kind === "cell" ? [one.variable] : [])));
  const renamed = variables.some(({ name }) => name === OWN_NAME);
  const code: Code = {
    kind: "code",
    ...portable(plan.text, plan.facts, cells, renamed),
    held: plan.facts.held,
    strict,
    parameters: variables.map(({ name }) => name),
    url: place.url,
    line: start.line,
    column: start.column,
  };
  plan.code = code;
  return code;
}

/** Function.prototype.toString of this realm, as a class may have a static method of that name. */
function textOf(fn: AnyFunction): string {
  return Function.prototype.toString.call(fn);
}

function analysed(text: string): FunctionText {
  let facts: FunctionText;
  try {
    facts = analyse(text);
  } catch (error) {
    throw new Unreadable((error as Error).message);
  }
  const oddity = oddityOf(facts);
  if (oddity !== undefined) throw new Unreadable(oddity);
  return facts;
}

/** What belongs to the surroundings of a function and is no variable cannot be read. */
function oddityOf(facts: FunctionText): string | undefined {
  if (facts.outerThis)
    return "it uses the `this` of the function around it; write `const self = this` there and use `self`";
  if (facts.usesSuper) return "it uses `super`, which belongs to the object or class it was written in";
  if (facts.outerNewTarget) return "it uses the `new.target` of the function around it";
  if (facts.directEval) return "it calls `eval`, which could use any variable around it";
  const [name] = facts.foreignPrivateNames;
  if (name !== undefined)
    return `it uses ${name}, which belongs to the class it was written in; take the whole class along`;
  return undefined;
}

/** What a function calls by its own name, if its name has been given to something else since. */
function otherOfItsName(
  fn: AnyFunction,
  facts: FunctionText,
  scopes: readonly Scope[],
  { isDeclared }: Plan,
): Variable | undefined {
  if (!isDeclared || facts.ownName?.used !== true) return undefined;
  const { name } = facts.ownName;
  const scope = scopes.find(
    ({ object, description }) => description !== "Global" && Object.hasOwn(object, name),
  );
  if (scope === undefined || scope.object[name] === fn) return undefined;
  return {
    kind: "value",
    name: OWN_NAME,
    value: scope.object[name],
    isConstant: false,
    scope: scope.description,
  };
}

function extraOf(name: string, fn: AnyFunction, url: string, scopes: readonly Scope[]): Variable {
  if (name === META) return { kind: "home", name, home: { kind: "meta", url } };
  if (name === IMPORT) return { kind: "home", name, home: { kind: "import", url } };
  let value: unknown;
  if (name === HERITAGE) {
    // Not what the text says: the variables of that expression are gone.
    value = Object.getPrototypeOf(fn);
    if (value === Function.prototype) value = null;
  } else {
    value = scopes.find(({ object }) => Object.hasOwn(object, "arguments"))?.object.arguments;
    if (value === undefined)
      throw new Unreadable("it uses the `arguments` of the function around it, which are gone");
  }
  return { kind: "value", name, value, isConstant: true, scope: "" };
}
