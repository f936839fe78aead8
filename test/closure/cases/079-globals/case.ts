import type { Case } from "../../case.ts";

export default {
  run: async () => [
    Buffer.from("a").length,
    typeof process.pid,
    new URL("a:b").protocol,
    structuredClone(new Map([[1, 2]])).size,
    globalThis.Array === Array,
    new TextEncoder().encode("a").length,
    await new Promise((resolve) => setTimeout(resolve, 0, "later")),
    typeof fetch,
    JSON.stringify({ a: [1] }),
    typeof console.log,
    Number.isNaN(parseInt("x")),
  ],
  expected: [1, "number", "a:", 1, true, 1, "later", "function", '{"a":[1]}', "function", true],
} satisfies Case;
