import { ThreadWorker } from "poolifier";
import { addOne, spin } from "./tasks.ts";

// `execute` passes on undefined when it is given nothing, which no benchmark does.
export default new ThreadWorker<number, number>({
  addOne: (x) => addOne(x!),
  spin: (turns) => spin(turns!),
});
