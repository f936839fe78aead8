import type { Case } from "../../case.ts";

class Box {
  #content = 1;
  open(): number {
    return this.#content;
  }
}

export default { run: Box.prototype.open, refused: ["#content"] } satisfies Case;
