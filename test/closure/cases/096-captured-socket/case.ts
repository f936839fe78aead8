import { Socket } from "node:net";
import type { Case } from "../../case.ts";

const socket = new Socket();

export default { run: () => socket.destroyed, refused: ["`socket`", "Socket"] } satisfies Case;
