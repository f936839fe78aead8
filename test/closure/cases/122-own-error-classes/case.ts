import type { Case } from "../../case.ts";

class ParseError extends SyntaxError {
  readonly line: number;
  constructor(message: string, line: number, options?: ErrorOptions) {
    super(message, options);
    this.line = line;
  }
  override get name(): string {
    return "ParseError";
  }
}

export default {
  run: (line: number) => {
    throw new ParseError("not so", line, { cause: new RangeError("why") });
  },
  args: [3],
  throws: new ParseError("not so", 3, { cause: new RangeError("why") }),
  also: [
    {
      run: (error: unknown) => error instanceof ParseError && error instanceof SyntaxError && error.line,
      args: [new ParseError("again", 7)],
      expected: 7,
    },
  ],
} satisfies Case;
