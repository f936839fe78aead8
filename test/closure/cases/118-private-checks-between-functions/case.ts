import type { Case } from "../../case.ts";

class Token {
  readonly #secret: string = "s";
  static create(): Token {
    return new Token();
  }
  static isToken(value: object): boolean {
    return #secret in value && (value as Token).#secret === "s";
  }
}
const create = (): Token => Token.create();
const check = (value: object): boolean => Token.isToken(value);

export default { run: () => [check(create()), check({})], expected: [true, false] } satisfies Case;
