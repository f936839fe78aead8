import type { Case } from "../../case.ts";

class Detail {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

export default {
  run: () => {
    throw Object.assign(new Error("with detail"), { detail: new Detail(9) });
  },
  throws: Object.assign(new Error("with detail"), { detail: new Detail(9) }),
} satisfies Case;
