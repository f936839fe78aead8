import type { Case } from "../../case.ts";

import { scaled } from "../modules/user.ts";

export default { run: (x: number) => scaled(x) + 1, args: [2], expected: 9 } satisfies Case;
