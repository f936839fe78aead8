import type { Case } from "../../case.ts";

class Secret {
  #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  [Symbol.for("dispatch-graph.serialize")](): unknown {
    return { value: this.#value };
  }
  static [Symbol.for("dispatch-graph.deserialize")](data: { value: string }): Secret {
    return new Secret(data.value);
  }
}
const secret = new Secret("hidden");

export default {
  run: () => [secret.reveal(), secret instanceof Secret],
  expected: ["hidden", true],
} satisfies Case;
