import type { Case } from "../../case.ts";

const hidden = 1;

export default {
  run: (text: string) => eval(text) + hidden,
  args: ["1"],
  refused: ["eval"],
} satisfies Case;
