import type { Case } from "../../case.ts";

type Constructor = new () => { base(): string };
const Loud = (Base: Constructor, mark: string): Constructor =>
  class extends Base {
    override base(): string {
      return super.base().toUpperCase() + mark;
    }
  };
class Plain {
  base(): string {
    return "plain";
  }
}
const Mixed = Loud(Loud(Plain, "!"), "?");

export default {
  run: () => [new Mixed().base(), new Mixed() instanceof Plain],
  expected: ["PLAIN!?", true],
} satisfies Case;
