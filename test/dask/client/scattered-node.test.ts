import { expect, it } from "vitest";
import { ScatteredNode } from "../../../src/dask/client/scattered-node.ts";
import { AsyncExecutor, ExecutorError, op } from "../../../src/index.ts";

it("stands for something that is not here", async () => {
  const node = new ScatteredNode<number>({ label: "numbers" });
  expect(node.dependencies()).toEqual([]);
  await using executor = new AsyncExecutor();
  const failure = executor.compute(op((x: number) => x, node));
  await expect(failure).rejects.toBeInstanceOf(ExecutorError);
  await expect(failure).rejects.toThrow('"numbers" is at the workers of the client that scattered it');
});
