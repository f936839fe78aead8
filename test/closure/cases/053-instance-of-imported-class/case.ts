import type { Case } from "../../case.ts";

import { Point } from "../modules/user.ts";

const point = new Point(3, 4);

export default { run: () => [point.length, point instanceof Point], expected: [5, true] } satisfies Case;
