import type { Case } from "../../case.ts";

const grandparent = { level: (): number => 0 };
const parent = Object.create(grandparent, { name: { value: "parent", enumerable: true } });
const child: { own: number; name: string; level(): number } = Object.assign(Object.create(parent), {
  own: 1,
});

export default {
  run: () => [
    child.own,
    child.name,
    child.level(),
    Object.keys(child),
    Object.getPrototypeOf(child) === parent,
  ],
  expected: [1, "parent", 0, ["own"], true],
} satisfies Case;
