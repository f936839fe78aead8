import type { Case } from "../../case.ts";

interface Ring {
  readonly name: string;
  next?: Ring;
}
const first: Ring = { name: "first" };
const second: Ring = { name: "second", next: first };
first.next = second;

export default {
  run: () => [first.next === second, first.next?.next === first, first.next?.next?.name],
  expected: [true, true, "first"],
} satisfies Case;
