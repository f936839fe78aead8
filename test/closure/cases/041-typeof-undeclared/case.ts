import type { Case } from "../../case.ts";

declare const nowhereDeclared: unknown;

export default {
  run: () => (typeof nowhereDeclared === "undefined" ? "missing" : "there"),
  expected: "missing",
} satisfies Case;
