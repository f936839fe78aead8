import type { Case } from "../../case.ts";

import { tasks } from "../modules/user.ts";

export default { run: tasks.add, args: [1, 2], expected: 7 } satisfies Case;
