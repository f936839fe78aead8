import type { Case } from "../../case.ts";

const Object_ = Object;
const process = { pid: "mine" };
const require = "also mine";
const undefined_ = undefined;
const make = (exports: string, module: string, captured: string) => () => [exports, module, captured];

export default {
  run: () => [process.pid, require, Object_ === Object, undefined_, ...make("e", "m", "c")()],
  expected: ["mine", "also mine", true, undefined, "e", "m", "c"],
} satisfies Case;
