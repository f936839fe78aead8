import type { Case } from "../../case.ts";

const parent = { name: (): string => "parent" };
const child = {
  __proto__: parent,
  name(): string {
    return super.name();
  },
};

export default { run: child.name, refused: ["super"] } satisfies Case;
