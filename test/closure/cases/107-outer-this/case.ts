import type { Case } from "../../case.ts";

class Widget {
  readonly size = 3;
  make(): () => number {
    return () => this.size;
  }
}

export default { run: new Widget().make(), refused: ["`this`", "const self = this"] } satisfies Case;
