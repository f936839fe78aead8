import type { Case } from "../../case.ts";

const promise = Promise.resolve(1);

export default { run: () => promise, refused: ["`promise`", "Promise"] } satisfies Case;
