import { createRequire } from "node:module";
import type { Case } from "../../case.ts";

const require = createRequire(import.meta.url);
const data = require("../modules/data.json");

export default {
  run: () => [require("../modules/data.json").x, data.x, require("node:path").basename("/a/b")],
  expected: [42, 42, "b"],
} satisfies Case;
