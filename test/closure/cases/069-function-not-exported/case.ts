import type { Case } from "../../case.ts";

import { getHidden } from "../modules/user.ts";

export default { run: getHidden(), args: [3], expected: 12 } satisfies Case;
