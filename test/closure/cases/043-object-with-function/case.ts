import type { Case } from "../../case.ts";

const unit = "km";
const tools = { format: (x: number): string => `${x} ${unit}`, list: [(x: number): number => -x] };

export default {
  run: (x: number) => [tools.format(x), tools.list[0]!(x)],
  args: [3],
  expected: ["3 km", -3],
} satisfies Case;
