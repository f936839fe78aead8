import type { Case } from "../../case.ts";

import twice from "../modules/user.ts";

export default { run: (x: number) => twice(x) + 1, args: [2], expected: 5 } satisfies Case;
