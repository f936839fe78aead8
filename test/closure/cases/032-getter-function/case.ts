import type { Case } from "../../case.ts";

const offset = 1;
const object = {
  get value(): number {
    return offset + 1;
  },
  set value(_: number) {},
};
const { get, set } = Object.getOwnPropertyDescriptor(object, "value")!;

export default {
  run: get!,
  expected: 2,
  also: [{ run: () => [get!.name, set!.name, set!.length], expected: ["get value", "set value", 1] }],
} satisfies Case;
