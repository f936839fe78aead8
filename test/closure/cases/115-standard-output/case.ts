import type { Case } from "../../case.ts";

const { stdout } = process;

export default { run: () => stdout.write(""), refused: ["`stdout`"] } satisfies Case;
