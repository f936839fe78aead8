import type { Case } from "../../case.ts";

function counter(): { add(): number; get(): number } {
  let count = 0;
  return { add: () => ++count, get: () => count };
}
const { add, get } = counter();

export default {
  run: () => {
    add();
    return get();
  },
  refused: ["`count`", "assign"],
} satisfies Case;
