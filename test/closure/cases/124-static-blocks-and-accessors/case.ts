import type { Case } from "../../case.ts";

const calls: string[] = [];
class Config {
  static readonly defaults: Map<string, number> = new Map();
  static {
    Config.defaults.set("a", 1);
  }
  static get size(): number {
    return Config.defaults.size;
  }
  static set size(_: number) {
    calls.push("set");
  }
  static [Symbol.hasInstance](value: unknown): boolean {
    return value === 1;
  }
}
Config.defaults.set("b", 2);

export default {
  run: () => {
    Config.size = 0;
    return [Config.size, [...Config.defaults.keys()], (1 as any) instanceof Config, calls];
  },
  expected: [2, ["a", "b"], true, ["set"]],
} satisfies Case;
