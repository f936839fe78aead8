/** The text of a function, made ready to be compiled again somewhere else. */

import type { FunctionText } from "./analyse.ts";
import type { Span } from "./syntax.ts";

/** What the text takes from outside besides variables, under these names. */
export const META = "dispatchGraph$meta";
export const IMPORT = "dispatchGraph$import";
export const HERITAGE = "dispatchGraph$heritage";
const ARGUMENTS = "dispatchGraph$arguments";
export const OWN_NAME = "dispatchGraph$own";
const CELL = "dispatchGraph$cell$";

/** The parameter that has the value of a variable, if that can change, as its `value`. */
export const cellName = (variable: string): string => CELL + variable;

/** The user's own name of the variable behind a parameter. */
export const variableName = (parameter: string): string =>
  parameter.startsWith(CELL) ? parameter.slice(CELL.length) : parameter;

export interface PortableText {
  readonly text: string;
  /** Where the function begins in `text`. */
  readonly start: number;
}

/** Which of the names above a text needs. */
export function extrasOf(facts: FunctionText): string[] {
  const extras: string[] = [];
  if (facts.importMeta.length > 0) extras.push(META);
  if (facts.dynamicImports.length > 0) extras.push(IMPORT);
  if (facts.heritage !== undefined) extras.push(HERITAGE);
  if (facts.outerArguments) extras.push(ARGUMENTS);
  return extras;
}

interface Edit extends Span {
  readonly by: string;
}

/**
 * Replaces what means something else in another place: `import.meta`, `import()`, what a class
 * extends, the key of a method (any will do, as the function has its name set), variables that are
 * in `cells`. With `renamed`, what the function calls by its own name is no longer itself.
 */
export function portable(
  text: string,
  facts: FunctionText,
  cells: ReadonlySet<string>,
  renamed: boolean,
): PortableText {
  const edits: Edit[] = [];
  for (const span of facts.importMeta) edits.push({ ...span, by: META });
  for (const span of facts.dynamicImports) edits.push({ ...span, by: IMPORT });
  if (facts.heritage !== undefined) edits.push({ ...facts.heritage, by: HERITAGE });
  for (const { name, spans } of cells.size === 0 ? [] : facts.free) {
    if (!cells.has(name)) continue;
    const value = `${cellName(name)}.value`;
    for (const { start, end, shorthand, called } of spans) {
      edits.push({
        start,
        end,
        by: shorthand ? `${name}:${value}` : called ? `${cellName(name)}.get()` : value,
      });
    }
  }
  if (facts.form === "method") for (const span of facts.computedKeys) edits.push({ ...span, by: '""' });
  const isInside = (inner: Edit): boolean =>
    edits.some((outer) => outer !== inner && outer.start <= inner.start && outer.end >= inner.end);
  const outermost = edits.filter((edit) => !isInside(edit)).sort((a, b) => b.start - a.start);
  let edited = text;
  for (const { start, end, by } of outermost) edited = edited.slice(0, start) + by + edited.slice(end);
  let { before, after } = facts;
  if (facts.outerArguments) {
    // The `arguments` of a function around an arrow function are those of its nearest function.
    before = `(function(){return${before}`;
    after = `${after}}).apply(undefined,${ARGUMENTS})`;
  }
  if (renamed) {
    const { name } = facts.ownName!;
    before = "(()=>{";
    after = `;const dispatchGraph$function=${name};${name}=${OWN_NAME};return dispatchGraph$function})()`;
  }
  return { text: before + edited + after, start: before.length };
}
