import type { Case } from "../../case.ts";

import twice from "../modules/user.ts";

export default { run: twice, args: [3], expected: 6 } satisfies Case;
