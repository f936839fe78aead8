import type { Case } from "../../case.ts";

let count = 0;

export default {
  run: () => {
    count += 1;
    return count;
  },
  refused: ["`count`", "assign"],
} satisfies Case;
