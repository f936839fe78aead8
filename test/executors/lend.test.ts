import { type Chunk, delayed, ReleasedError, taskContext } from "dispatch-graph";
import { expect, it } from "vitest";
import { lend } from "../../src/executors/lend.ts";
import { ManualExecutor } from "../support/manual-executor.ts";

/** A run with a meta task of this function, which has one dependency; and that task's number. */
async function metaRun(fn: (chunk: Chunk<number>) => unknown, timeout?: number) {
  const executor = new ManualExecutor();
  const node = delayed(fn, { meta: true, label: "meta", ...(timeout === undefined ? {} : { timeout }) });
  executor.run(node(delayed(() => 5, { label: "five" })())).catch(() => {});
  while (executor.runs.length === 0) await null;
  return executor.runs[0]!;
}

const five = () => 5;

it("calls the function with chunks, which are good until it has ended", async () => {
  let taken: Chunk<number> | undefined;
  const run = await metaRun((chunk) => {
    taken = chunk;
    return [chunk.label, chunk.bytes > 0, taskContext()?.label];
  });
  const outcome = lend(run, 1, five, (result) => {
    expect(taken?.isHeld).toBe(true);
    return result;
  });
  expect(outcome).toEqual(["five", true, "meta"]);
  await expect(taken?.fetch()).rejects.toThrow(ReleasedError);
});

it("waits for a promise, and for what is made of its value", async () => {
  let taken: Chunk<number> | undefined;
  const run = await metaRun(async (chunk) => {
    taken = chunk;
    return chunk.fetch();
  });
  const outcome = lend(run, 1, five, async (result) => {
    expect(taken?.isHeld).toBe(true);
    return [result];
  });
  expect(await outcome).toEqual([5]);
  expect(taken?.isHeld).toBe(false);
});

it("ends the loan when the function fails, at once or later", async () => {
  const taken: Chunk<number>[] = [];
  const failing = await metaRun((chunk) => {
    taken.push(chunk);
    throw new RangeError("no");
  });
  expect(() => lend(failing, 1, five, (result) => result)).toThrow("no");
  const later = await metaRun(async (chunk) => {
    taken.push(chunk);
    throw new RangeError("later");
  });
  await expect(lend(later, 1, five, (result) => result)).rejects.toThrow("later");
  expect(taken.map((chunk) => chunk.isHeld)).toEqual([false, false]);
});

it("keeps to the node's limit", async () => {
  const run = await metaRun(() => new Promise(() => {}), 5);
  await expect(lend(run, 1, five, (result) => result)).rejects.toThrow('"meta"');
});
