import type { Case } from "../../case.ts";

let count = 0;
const pair = {
  add: (): void => {
    count++;
  },
  get: (): number => count,
};

export default {
  run: () => {
    pair.add();
    pair.add();
    return pair.get();
  },
  expected: 2,
} satisfies Case;
