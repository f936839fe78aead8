/**
 * From the text of a function to the function. The captured values are the parameters of a
 * function around it, which the engine treats as constants, as it did the original variables.
 * Only those that are not there yet, in a cycle, are variables that are set afterwards.
 */

import { Script } from "node:vm";
import { functionIn } from "./analyse.ts";
import type { Code } from "./recipe.ts";

type Wrapper = (...values: unknown[]) => [value: unknown, setters: ((value: unknown) => void)[]];

/** One text, compiled once for each set of variables that is to be set afterwards. */
export class CompiledCode {
  readonly #code: Code;
  readonly #wrappers = new Map<string, Wrapper>();

  constructor(code: Code) {
    this.#code = code;
  }

  /**
   * A function of this text.
   *
   * @param late - parameters whose values come later
   * @returns the function, and for each of `late` what sets it
   */
  make(
    values: readonly unknown[],
    late: readonly number[],
  ): [value: unknown, setters: ((value: unknown) => void)[]] {
    const key = late.join();
    let wrapper = this.#wrappers.get(key);
    if (wrapper === undefined) {
      wrapper = this.#compile(new Set(late));
      this.#wrappers.set(key, wrapper);
    }
    const [value, setters] = wrapper(...values);
    return [this.#code.held ? functionIn(value as object) : value, setters];
  }

  #compile(late: ReadonlySet<number>): Wrapper {
    const { parameters, text, strict, start, url, line, column } = this.#code;
    const given = parameters.map((name, at) => (late.has(at) ? `dispatchGraph$late${at}` : name));
    const variables = parameters.filter((_, at) => late.has(at));
    const head =
      `${MARK}${strict ? "strict" : "sloppy"} ${encodeURI(url)}*/(function(${given.join()}){${strict ? '"use strict";' : ""}` +
      `${variables.length > 0 ? `let ${variables.join()};` : ""}return[`;
    // What stands before the function in the text goes to the line before, so that its own first
    // line begins at its own column.
    const before = `${head}${text.slice(0, start)}\n${" ".repeat(Math.min(column, LONGEST_INDENT))}`;
    const setters = variables.map((name) => `dispatchGraph$value=>{${name}=dispatchGraph$value}`);
    // Keys of members are computed here, so that the engine sees no function that uses their
    // variables, and would not keep them where they can be read when the class is captured again.
    const keeper = text.startsWith("class", start) && given.length > 0 ? `,()=>[${parameters.join()}]` : "";
    const source = `${before}${text.slice(start)},[${setters.join()}]${keeper}]})`;
    return new Script(source, {
      filename: filenameOf(url),
      lineOffset: line - 1,
    }).runInThisContext() as Wrapper;
  }
}

/** In minified files a function may begin very far to the right. */
const LONGEST_INDENT = 2_000;

const MARK = "/*dispatch-graph ";
const MARKED = /^\/\*dispatch-graph (strict|sloppy) (.*?)\*\//;

/** Where the text in a source comes from, if the source was made here. */
export function compiledFrom(source: string): { readonly url: string; readonly strict: boolean } | undefined {
  const found = MARKED.exec(source);
  return found === null ? undefined : { url: decodeURI(found[2]!), strict: found[1] === "strict" };
}

const COVERED = "dispatch-graph:";

/**
 * Under the file's own name a second script would spoil the report of the engine's coverage: it
 * counts by position, and the positions are only right for the lines.
 */
function filenameOf(url: string): string {
  return process.env.NODE_V8_COVERAGE === undefined ? url : COVERED + url;
}
