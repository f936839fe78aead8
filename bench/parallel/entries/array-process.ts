/** A process that makes arrays, or one that sums what the other sends it by their own socket. */

import { connect, createServer, type Socket } from "node:net";
import { makeArray, sumArray } from "./tasks.ts";

const [, , role, path, count] = process.argv as [string, string, "make" | "sum", string, string];
const arrays = Number(count);

if (role === "make") {
  const server = createServer((socket) => {
    server.close();
    process.on("message", () => void sendArrays(socket));
  });
  server.listen(path, () => process.send!("ready"));
  process.on("disconnect", () => process.exit());
} else {
  receiveArrays();
}

async function sendArrays(socket: Socket): Promise<void> {
  for (let n = 0; n < arrays; n++) {
    const { buffer } = makeArray(n);
    await new Promise<unknown>((resolve) => socket.write(new Uint8Array(buffer), resolve));
  }
}

/** The bytes are read straight to where they belong. */
function receiveArrays(): void {
  let array = makeArray(0);
  let bytes = Buffer.from(array.buffer);
  let filled = 0;
  let summed = 0;
  let sum = 0;
  const socket = connect({
    path,
    onread: {
      buffer: () => bytes.subarray(filled),
      callback(read) {
        filled += read;
        if (filled < bytes.length) return true;
        sum += sumArray(array);
        array = new Float64Array(array.length);
        bytes = Buffer.from(array.buffer);
        filled = 0;
        if (++summed === arrays) {
          process.send!(sum);
          sum = 0;
          summed = 0;
        }
        return true;
      },
    },
  });
  socket.on("connect", () => process.send!("ready"));
  process.on("disconnect", () => process.exit());
}
