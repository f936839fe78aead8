import type { Case } from "../../case.ts";

import { readState, setState } from "../modules/user.ts";

setState(5);

export default { run: readState, expected: 5 } satisfies Case;
