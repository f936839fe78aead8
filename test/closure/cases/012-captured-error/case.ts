import type { Case } from "../../case.ts";

const failure = Object.assign(new RangeError("too far", { cause: new Error("why") }), { code: "E_FAR" });

export default {
  run: () => [
    failure instanceof RangeError,
    failure.message,
    failure.code,
    (failure.cause as Error).message,
    Object.keys(failure),
    failure.stack?.includes("RangeError: too far"),
  ],
  expected: [true, "too far", "E_FAR", "why", ["code"], true],
} satisfies Case;
