import type { Case } from "../../case.ts";

let result: number | undefined;

export default {
  run: (x: number) => {
    result = x;
    return result;
  },
  refused: ["`result`", "assign"],
} satisfies Case;
