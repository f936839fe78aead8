import type { Case } from "../../case.ts";

import data from "../modules/data.json" with { type: "json" };

export default { run: (y: number) => data.x + y, args: [1], expected: 43 } satisfies Case;
