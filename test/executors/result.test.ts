import { AsyncExecutor, DependencyError, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../src/errors.ts";

const executor = new AsyncExecutor();

describe("DispatchResult", () => {
  it("of a node that succeeded", async () => {
    const node = delayed(() => 5, { label: "five" })();
    const [result] = await executor.run(node);
    expect(result.ok).toBe(true);
    expect(result.error).toBeUndefined();
    expect(result.unwrap()).toBe(node);
    expect(() => result.unwrapError()).toThrow(/"five"/);
    expect(await result.chunk.fetch()).toBe(5);
    expect(String(result)).toBe("DispatchResult(Op<five>)");
  });

  it("of a node that failed", async () => {
    const node = delayed((): number => JSON.parse("{"), { label: "parse" })();
    const [result] = await executor.run(node, { throwError: false });
    expect(result.ok).toBe(false);
    const error = result.unwrapError();
    expect(error).toBeInstanceOf(DependencyError);
    expect(result.error).toBe(error);
    expect(() => result.unwrap()).toThrow(error);
    expect(() => result.chunk).toThrow(error);
    await expect(result.fetch()).rejects.toBe(error);
    expect(String(result)).toMatch(/^DispatchResult\(DependencyError: "parse"/);
  });

  it("of an error that is a value", async () => {
    const value = new DependencyError(failureOf("a value", 1, new Error("of another run")));
    const [result] = await executor.run(op(() => value));
    expect(result.ok).toBe(true);
    expect(await result.fetch()).toBe(value);
  });
});
