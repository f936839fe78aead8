import { basename } from "node:path";
import type { Case } from "../../case.ts";

export default {
  run: () => [
    basename(new URL(".", import.meta.url).pathname),
    basename(import.meta.dirname),
    basename(import.meta.filename),
  ],
  expected: ["077-import-meta", "077-import-meta", "case.ts"],
} satisfies Case;
