/** What an expression goes on after. */
const IN_EXPRESSION =
  /(?:[=(,:[!&|?+\-*%~^<>/]|\b(?:return|await|yield|typeof|void|new|delete|in|of|case))\s*$/;

/** A script or module of the program, as the engine knows it. */
export class Script {
  /** Empty for what was never in a file: `eval`, `new Function`. */
  readonly url: string;
  readonly isModule: boolean;
  readonly #startLine: number;
  readonly #startColumn: number;
  #source: string | undefined;
  #lines: number[] | undefined;

  constructor(url: string, isModule: boolean, startLine: number, startColumn: number) {
    this.url = url;
    this.isModule = isModule;
    this.#startLine = startLine;
    this.#startColumn = startColumn;
  }

  get hasSource(): boolean {
    return this.#source !== undefined;
  }

  get source(): string {
    return this.#source ?? "";
  }

  setSource(source: string): void {
    this.#source = source;
  }

  /**
   * Where a text begins in the source, given the position that the engine has for the function: it
   * is that of the parameters, or of the constructor, so somewhere inside of the text. Undefined if
   * the text is not there.
   */
  offsetOf(text: string, line: number, column: number): number | undefined {
    const row = line - this.#startLine;
    const inside = (this.#lineStarts()[row] ?? 0) + (row === 0 ? column - this.#startColumn : column);
    const offset = this.source.lastIndexOf(text, inside);
    return offset === -1 || offset + text.length < inside ? undefined : offset;
  }

  /** Where a text begins in the file. */
  startOf(text: string, line: number, column: number): { line: number; column: number } {
    const offset = this.offsetOf(text, line, column);
    if (offset === undefined) return { line, column };
    const lines = this.#lineStarts();
    let at = line - this.#startLine;
    while (at > 0 && lines[at]! > offset) at--;
    const start = offset - lines[at]!;
    return { line: at + this.#startLine, column: at === 0 ? start + this.#startColumn : start };
  }

  /** True if the text is a declaration, as far as what stands before it tells. */
  isDeclaration(text: string, line: number, column: number): boolean {
    const offset = this.offsetOf(text, line, column);
    if (offset === undefined) return false;
    return !IN_EXPRESSION.test(this.source.slice(Math.max(0, offset - 100), offset));
  }

  #lineStarts(): readonly number[] {
    if (this.#lines !== undefined) return this.#lines;
    const lines = [0];
    for (let at = this.source.indexOf("\n"); at !== -1; at = this.source.indexOf("\n", at + 1))
      lines.push(at + 1);
    this.#lines = lines;
    return lines;
  }
}
