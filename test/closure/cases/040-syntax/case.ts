import type { Case } from "../../case.ts";

const tag = (strings: TemplateStringsArray, ...values: unknown[]): unknown => [strings.raw, values];
const maybe: { deep?: { value: number } } | undefined = {};

export default {
  run: (x: number) => [
    tag`a${x}\n${maybe?.deep?.value ?? "none"}`,
    /[/\]]+/u.test("]"),
    2 ** 3,
    0xff_ffn,
    [...[1, 2]].at(-1),
  ],
  args: [1],
  expected: [
    [
      ["a", "\\n", ""],
      [1, "none"],
    ],
    true,
    8,
    65535n,
    2,
  ],
} satisfies Case;
