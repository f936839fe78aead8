import type { Case } from "../../case.ts";

const one = 1;
const key = "named";
const fallback = (): number => 20;

export default {
  run: (
    { [key]: named = one, ...rest }: Record<string, number>,
    [first = fallback(), ...others]: number[] = [],
  ) => [named, rest, first, others],
  args: [{ other: 5 }],
  expected: [1, { other: 5 }, 20, []],
} satisfies Case;
