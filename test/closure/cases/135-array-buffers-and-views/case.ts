import type { Case } from "../../case.ts";

const buffer = new ArrayBuffer(8);
const view = new DataView(buffer, 2, 4);
view.setInt16(0, -2);
const bytes = new Uint8Array(buffer);

export default {
  run: () => [
    view.getInt16(0),
    view.byteOffset,
    view.buffer === buffer,
    bytes[2],
    bytes.buffer === view.buffer,
  ],
  expected: [-2, 2, true, 255, true],
} satisfies Case;
