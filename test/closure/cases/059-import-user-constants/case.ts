import type { Case } from "../../case.ts";

import { rate, settings } from "../modules/user.ts";

export default {
  run: () => [rate, settings.name, settings.limits],
  expected: [4, "settings", [1, 2]],
} satisfies Case;
