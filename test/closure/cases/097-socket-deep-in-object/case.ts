import { Socket } from "node:net";
import type { Case } from "../../case.ts";

const nested = { list: [{ deep: { socket: new Socket() } }] };
const inner = (): unknown => nested.list;

export default {
  run: () => inner(),
  refused: ["`inner`", "`nested`", "list", "0", "deep", "socket", "Socket"],
} satisfies Case;
