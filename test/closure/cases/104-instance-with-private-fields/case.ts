import type { Case } from "../../case.ts";

class Secret {
  #value = 1;
  reveal(): number {
    return this.#value;
  }
}
const secret = new Secret();

export default { run: () => secret.reveal(), refused: ["`secret`", "#value", "Secret"] } satisfies Case;
