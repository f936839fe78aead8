/** Started anew for each measurement: the first value of piscina. */

import { fileURLToPath } from "node:url";

const { Piscina } = await import("piscina");
const begin = performance.now();
const filename = fileURLToPath(new URL("./tasks.js", import.meta.url));
const pool = new Piscina<number, number>({ filename, name: "addOne", minThreads: 2, maxThreads: 2 });
const value = await pool.run(41);
const end = performance.now();
console.log(JSON.stringify({ value, created: end - begin, process: end }));
process.exit();
