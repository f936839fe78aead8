import type { Case } from "../../case.ts";

const pause = async (): Promise<void> => {};

export default {
  run: async (x: number) => {
    await pause();
    return x + 1;
  },
  args: [1],
  expected: 2,
} satisfies Case;
