import type { Case } from "../../case.ts";

const key = { name: "key" };
const other = {};
const names = new WeakMap<object, string>([
  [key, "found"],
  [other, "not sent"],
]);
const seen = new WeakSet<object>([key]);

export default {
  run: () => [names.get(key), seen.has(key), names.has({})],
  expected: ["found", true, false],
} satisfies Case;
