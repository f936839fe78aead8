import type { Case } from "../../case.ts";

const groups = new Map<unknown, Set<unknown>>([
  ["a", new Set([1, 2])],
  [{ key: 1 }, new Set(["x"])],
]);

export default {
  run: () => [...groups].map(([key, set]) => [key, [...set]]),
  expected: [
    ["a", [1, 2]],
    [{ key: 1 }, ["x"]],
  ],
} satisfies Case;
