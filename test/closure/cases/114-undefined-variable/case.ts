import type { Case } from "../../case.ts";

declare const nowhereDefined: number;

export default { run: () => nowhereDefined + 1, refused: ["`nowhereDefined`", "not defined"] } satisfies Case;
