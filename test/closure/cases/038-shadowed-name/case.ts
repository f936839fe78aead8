import type { Case } from "../../case.ts";

const value = "outer";
function make(): () => unknown {
  const outer = value;
  {
    const value = "inner";
    return () => [outer, value, ((value: string) => value)("parameter")];
  }
}

export default { run: make(), expected: ["outer", "inner", "parameter"] } satisfies Case;
