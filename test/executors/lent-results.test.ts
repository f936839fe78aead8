import { AsyncExecutor, Chunk, ReleasedError } from "dispatch-graph";
import { expect, it } from "vitest";
import { ELSEWHERE, type Elsewhere } from "../../src/executors/elsewhere.ts";
import { LentResults } from "../../src/executors/lent-results.ts";

const where: Elsewhere = {
  [ELSEWHERE]: true,
  fetch: async (task) => `value of ${task}`,
  bytesOf: (task) => task * 100,
  describe: (task) => ({ type: "string", bytes: task }),
  release: () => {
    throw new Error("what is lent is not given back by those who borrow it");
  },
};

function lent() {
  const results = new LentResults(new AsyncExecutor(), "borrower", (task) => (task === 1 ? "here" : where));
  const chunks = [1, 2].map((task) => new Chunk(9, task, `task ${task}`, results, task));
  return { results, chunks: chunks as [Chunk, Chunk] };
}

it("gives the values of tasks, wherever they are", async () => {
  const { results, chunks } = lent();
  expect(await Promise.all(chunks.map((chunk) => chunk.fetch()))).toEqual(["here", "value of 2"]);
  expect(chunks[1].bytes).toBe(200);
  expect(chunks[0].meta).toMatchObject({ type: "string", length: 4 });
  expect(chunks[1].meta).toEqual({ type: "string", bytes: 2 });
  expect(results.whereIs(1)).toBeUndefined();
  expect(results.whereIs(2)).toEqual({ where, task: 2 });
});

it("ends, and says then what one can do", async () => {
  const { results, chunks } = lent();
  results.end();
  await expect(chunks[0].fetch()).rejects.toThrow(ReleasedError);
  await expect(chunks[0].fetch()).rejects.toThrow(/"task 1".*"borrower".*return it/);
  expect(chunks[1].bytes).toBe(0);
});

it("leaves the release to the run", async () => {
  const { chunks } = lent();
  chunks[1].release();
  await expect(chunks[1].fetch()).rejects.toThrow("was released");
  expect(await chunks[0].fetch()).toBe("here");
});
