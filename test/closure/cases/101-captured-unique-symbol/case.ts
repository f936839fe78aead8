import type { Case } from "../../case.ts";

const unique = Symbol("unique");

export default { run: () => unique, refused: ["`unique`", "Symbol(unique)"] } satisfies Case;
