import { EventEmitter } from "node:events";
import type { Case } from "../../case.ts";

class Bell extends EventEmitter {
  ring(times: number): number {
    let heard = 0;
    this.on("ring", () => heard++);
    for (let i = 0; i < times; i++) this.emit("ring");
    return heard;
  }
}

export default {
  run: (times: number) => [new Bell().ring(times), new Bell() instanceof EventEmitter],
  args: [3],
  expected: [3, true],
} satisfies Case;
