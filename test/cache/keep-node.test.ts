import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AsyncExecutor, op } from "dispatch-graph";
import { expect, it, onTestFinished } from "vitest";
import { KeepNode } from "../../src/cache/keep-node.ts";
import { readData } from "../../src/store/data-file.ts";

it("writes the result of another node, and results in nothing, or in what went wrong", async () => {
  const directory = mkdtempSync(join(tmpdir(), "keep-node-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "x");
  await using executor = new AsyncExecutor();
  const node = op(() => [1, 2]);
  const keep = new KeepNode(node, path, {}, { priority: 100 });
  expect(keep.label).toBe("keep anonymous");
  expect(keep.dependencies()[0] === node).toBe(true);
  expect(await executor.collect(keep)).toBeUndefined();
  expect(readData(path)).toEqual([1, 2]);
  const bad = new KeepNode(
    op(() => () => 1),
    path,
    {},
    {},
  );
  expect(await executor.collect(bad)).toMatch(/functions/);
});
