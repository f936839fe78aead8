import { AsyncExecutor, DependencyError, delayed, op, ReleasedError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { LatestResults } from "../../src/executors/latest-results.ts";

const node = delayed(() => 1, { label: "node" })();

describe("what a node has of its latest run", () => {
  it("while the run goes on: what the run says", async () => {
    const fetched: unknown[] = [];
    const latest = new LatestResults({
      isReady: () => false,
      fetch: (one: unknown) => {
        fetched.push(one);
        return Promise.resolve("value");
      },
    } as never);
    expect(latest.isReady(node)).toBe(false);
    expect(await latest.fetch(node)).toBe("value");
    expect(fetched[0]).toBe(node);
    latest.release();
    expect(await latest.fetch(node), "what runs cannot be released").toBe("value");
  });

  it("after it: why there is no result", async () => {
    const latest = new LatestResults({ isReady: () => false } as never);
    latest.close(undefined, new Map());
    expect(latest.isReady(node)).toBe(true);
    const fetched = latest.fetch(node);
    await expect(fetched).rejects.toThrow(ReleasedError);
    await expect(fetched).rejects.toThrow(/"node".*persist.*keep/);
  });

  it.each([["a reason"], [null], [new Error("enough")]])("after one that was stopped: %s", async (reason) => {
    const latest = new LatestResults({ isReady: () => false } as never);
    latest.close(reason, new Map());
    await expect(latest.fetch(node)).rejects.toBe(reason);
  });

  it("after a failure: that of the node, if it is one that failed", async () => {
    const executor = new AsyncExecutor();
    const failing = delayed((): number => JSON.parse("{"), { label: "failing" })();
    const dependent = op((n: number) => n, failing);
    const output = delayed((n: number) => n, { label: "output" })(dependent);
    await executor.run(output).catch(() => {});
    const paths = await Promise.all(
      [failing, dependent, output].map((one) => one.fetch().catch((error: DependencyError) => error.path)),
    );
    expect(paths).toEqual([["failing"], ["failing", "anonymous"], ["failing", "anonymous", "output"]]);
    const bystander = delayed(() => 1, { label: "bystander" })();
    await executor.run([op((n: number) => n, bystander), output]).catch(() => {});
    const error = await bystander.fetch().catch((reason) => reason);
    expect(error).toBeInstanceOf(DependencyError);
    expect(error.path.at(-1), "the failure that ended the run").toBe("output");
  });
});
