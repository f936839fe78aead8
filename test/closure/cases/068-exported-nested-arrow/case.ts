import type { Case } from "../../case.ts";

import { tasks } from "../modules/user.ts";

export default { run: tasks.nested.triple, args: [3], expected: 9 } satisfies Case;
