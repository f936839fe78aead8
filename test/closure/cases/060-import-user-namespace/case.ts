import type { Case } from "../../case.ts";

import * as user from "../modules/user.ts";

export default {
  run: (x: number) => [user.scaled(x), user.rate, user.tasks.nested.triple(x)],
  args: [2],
  expected: [8, 4, 6],
} satisfies Case;
