import type { Case } from "../../case.ts";

function make(): () => string {
  try {
    throw new Error("caught");
  } catch (error) {
    return () => (error as Error).message;
  }
}

export default { run: make(), expected: "caught" } satisfies Case;
