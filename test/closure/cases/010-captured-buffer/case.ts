import type { Case } from "../../case.ts";

const bytes = Buffer.from("äöü");

export default {
  run: () => [Buffer.isBuffer(bytes), bytes.toString("latin1"), bytes],
  expected: [true, "Ã¤Ã¶Ã¼", Buffer.from("äöü")],
} satisfies Case;
