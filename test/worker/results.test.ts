import { delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { fresh, KINDS } from "../support/parallel.ts";

const list = (n: number) => new Float64Array(n).fill(1);

// What a worker says of its results, seen through an executor: there is no other who listens.
describe.each(KINDS)("a result on %s", (kind) => {
  it("comes along if it is small, or is to be brought; what is known of it if not", async () => {
    const executor = fresh(kind);
    const [small, large, brought] = await executor.run([
      op(list, 10),
      op(list, 100_000),
      delayed(list, { getResult: true })(100_000),
    ]);
    const held = () => executor.workers.reduce((sum, { bytesHeld }) => sum + bytesHeld, 0);
    expect(large.chunk.meta).toMatchObject({ type: "Float64Array", length: 100_000, dtype: "float64" });
    expect(small.chunk.meta).toMatchObject({ length: 10 });
    // The others are here, and not with the worker any more.
    expect(held()).toBeLessThan(900_000);
    expect((await brought.fetch()).length).toBe(100_000);
  });

  it("that is a class instance comes as one, with its description", async () => {
    class Table {
      readonly rows: Float64Array;
      readonly shape: readonly number[];
      constructor(n: number) {
        this.rows = new Float64Array(2 * n);
        this.shape = [n, 2];
      }
    }
    const executor = fresh(kind);
    const chunk = await executor.compute(op((n: number) => new Table(n), 50_000));
    expect(chunk.meta).toMatchObject({ type: "Table", shape: [50_000, 2] });
    expect(await chunk.fetch()).toBeInstanceOf(Table);
  });
});
