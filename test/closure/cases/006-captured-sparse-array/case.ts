import type { Case } from "../../case.ts";

const holes: unknown[] = [1, , 3];
holes.length = 5;
Object.assign(holes, { extra: "e" });

export default {
  run: () => [holes.length, 0 in holes, 1 in holes, holes[2], (holes as unknown as { extra: string }).extra],
  expected: [5, true, false, 3, "e"],
} satisfies Case;
