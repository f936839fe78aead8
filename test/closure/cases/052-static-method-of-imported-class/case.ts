import type { Case } from "../../case.ts";

import { Tools } from "../modules/user.ts";

export default { run: Tools.scale, args: [3], expected: 15 } satisfies Case;
