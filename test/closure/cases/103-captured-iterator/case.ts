import type { Case } from "../../case.ts";

const iterator = new Map([[1, 2]]).entries();

export default { run: () => iterator.next(), refused: ["`iterator`", "terator"] } satisfies Case;
