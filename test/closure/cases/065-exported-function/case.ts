import type { Case } from "../../case.ts";

import { scaled } from "../modules/user.ts";

export default { run: scaled, args: [3], expected: 12 } satisfies Case;
