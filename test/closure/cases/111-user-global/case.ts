import type { Case } from "../../case.ts";

declare global {
  var someGlobal: { value: number };
}
globalThis.someGlobal = { value: 1 };

export default { run: () => someGlobal.value, refused: ["`someGlobal`", "global"] } satisfies Case;
