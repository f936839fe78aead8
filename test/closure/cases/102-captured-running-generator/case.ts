import type { Case } from "../../case.ts";

function* numbers(): Generator<number> {
  yield 1;
}
const running = numbers();

export default { run: () => running.next(), refused: ["`running`", "enerator"] } satisfies Case;
