/**
 * Where cases run: a worker thread or a child process, with the built package. Plain JavaScript, as
 * here nothing compiles: only what is sent arrives.
 */

import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

const { Library } = await import(pathToFileURL(workerData ?? process.argv[2]).href);
const port = parentPort ?? process;
const library = new Library(parentPort ? "thread" : "process");
/** Captures what it was sent as if it were its own. */
const sender = new Library(parentPort ? "again-thread" : "again-process");
/** Ids of the definitions that the caller has. */
const known = new Set();

port.on("message", async (request) => {
  const reply = await answer(request);
  if (parentPort) parentPort.postMessage(reply);
  else process.send(reply);
});

async function answer({ number, definitions, run, args, again }) {
  try {
    await library.accept(definitions);
    const fn = library.functionOf(run);
    if (again) return { number, again: sent(sender, fn) };
    const outcome = await outcomeOf(fn, library.restore(args));
    const capsule = library.captureValue(outcome);
    const missing = library.needed(capsule.uses, known);
    for (const { id } of missing) known.add(id);
    return { number, definitions: missing, outcome: capsule };
  } catch (error) {
    return { number, refusal: { message: error.stack, code: error.code } };
  }
}

function sent(from, fn) {
  const { id } = from.capture(fn);
  return { run: id, definitions: from.needed([id], new Set()) };
}

async function outcomeOf(fn, args) {
  try {
    return { value: await fn(...args) };
  } catch (thrown) {
    return { thrown };
  }
}
