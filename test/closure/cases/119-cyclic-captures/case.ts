import type { Case } from "../../case.ts";

interface Registry {
  readonly entries: Map<string, () => unknown>;
  readonly find: (name: string) => unknown;
  self?: Registry;
}
const registry: Registry = {
  entries: new Map(),
  find: (name) => registry.entries.get(name)?.(),
};
registry.self = registry;
registry.entries.set("size", () => registry.entries.size);
registry.entries.set("again", () => registry.find("size"));

export default {
  run: (name: string) => [registry.find(name), registry.self === registry],
  args: ["again"],
  expected: [2, true],
} satisfies Case;
