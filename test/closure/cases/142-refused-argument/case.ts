import { Socket } from "node:net";
import type { Case } from "../../case.ts";

export default {
  run: (value: unknown) => typeof value,
  args: [{ list: [new Socket()] }],
  refused: ["list", "0", "Socket"],
} satisfies Case;
