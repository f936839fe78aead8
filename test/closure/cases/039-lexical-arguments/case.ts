import type { Case } from "../../case.ts";

function make(..._: number[]): () => unknown {
  return () => [arguments.length, arguments[0], Array.from(arguments)];
}

export default { run: make(5, 6), expected: [2, 5, [5, 6]] } satisfies Case;
