import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { DependencyError, delayed, op, ThrownValueError, TimeoutError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { executors, failure, leavesNothing, signal } from "../support/bounded.ts";

/** Everything here is to end in a result or a clear error, soon, and to leave nothing behind. */
leavesNothing();

const identity = (value: unknown): unknown => value;

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const hostileInspect = {
  [inspect.custom]() {
    throw new Error("from inspect");
  },
};

const throwingMessage = Object.defineProperty(new Error("x"), "message", {
  get() {
    throw new Error("from message");
  },
});

describe.each(executors)("bad values with %s: thrown", (_, create) => {
  const values: [string, unknown][] = [
    ["a string", "text"],
    ["undefined", undefined],
    ["null", null],
    ["a function", () => 1],
    ["a node", op(identity, 1)],
    ["a symbol", Symbol("s")],
    ["an object without prototype", Object.create(null)],
    ["an object that cannot be shown", hostileInspect],
    ["a revoked proxy", revoked()],
    ["a very long string", "x".repeat(1_000_000)],
    ["a large object", Array.from({ length: 100_000 }, (_, i) => ({ i }))],
  ];

  it.each(values)("%s", async (_name, value) => {
    const executor = create();
    const throwing = (): never => {
      throw value;
    };
    for (const fn of [throwing, async () => throwing(), () => Promise.reject(value)]) {
      const node = delayed(fn, { label: "thrower" })();
      const { cause, path } = await failure(
        executor.run(op(identity, node), { signal }),
        DependencyError,
        "thrower",
      );
      expect(path).toEqual(["thrower", "identity"]);
      expect(cause instanceof ThrownValueError).toBe(true);
      expect((cause as ThrownValueError).value === value).toBe(true);
      const [result] = await executor.run(node, { signal, throwError: false });
      expect(result.ok).toBe(false);
    }
  });

  const looped = new Error("looped");
  looped.cause = looped;
  const errors: [string, Error][] = [
    ["without a message", new Error()],
    ["with itself as its cause", looped],
    ["frozen", Object.freeze(new Error("frozen"))],
    ["whose message throws", throwingMessage],
    ["whose message is no text", Object.assign(new Error("x"), { message: Symbol("s") as never })],
    ["of another realm", runInNewContext("new TypeError('from there')")],
    ["with a very long message", new Error("x".repeat(1_000_000))],
    ["aggregated", new AggregateError([new Error("a"), "b"], "both")],
    ["of the platform", new DOMException("stopped", "AbortError")],
  ];

  it.each(errors)("an error %s", async (_name, error) => {
    const executor = create();
    const node = delayed(() => Promise.reject(error), { label: "thrower" })();
    const failed = await executor.run(node, { signal }).catch((reason) => reason);
    expect(failed).toBeInstanceOf(DependencyError);
    expect(failed.message).toContain('"thrower"');
    expect(failed.cause === error, "the very error").toBe(true);
    const returned = await executor.collect(op(identity, error), { signal });
    expect(returned === error, "as a result it is a value like others").toBe(true);
  });

  it.each([null, undefined, new Error("no"), Object.create(null), hostileInspect])(
    "by a predicate: %#",
    async (thrown) => {
      const retryOn = (): boolean => {
        throw thrown;
      };
      for (const fn of [() => Promise.reject(new Error("own")), () => JSON.parse("{")]) {
        const executor = create({ retryOn });
        const { cause } = await failure(
          executor.run(delayed(fn, { label: "judged" })(), { signal }),
          DependencyError,
          "judged",
        );
        expect(cause).toBeInstanceOf(AggregateError);
      }
    },
  );
});

describe.each(executors)("bad values with %s: results", (_, create) => {
  it("that cannot be looked at", async () => {
    const executor = create();
    const hostile = {
      get content() {
        throw new Error("from a getter");
      },
    };
    const trap = (): never => {
      throw new Error("from a trap");
    };
    const proxy = new Proxy({}, { ownKeys: trap, getOwnPropertyDescriptor: trap });
    for (const value of [hostile, hostileInspect, proxy, Object.create(null)]) {
      const [result] = await executor.run(
        op(
          identity,
          op(() => value),
        ),
        { signal },
      );
      expect((await result.fetch()) === value).toBe(true);
      expect(() => executor.stats(), "sizes are estimates, and no reason to fail").not.toThrow();
      expect(result.chunk.bytes).toBeGreaterThanOrEqual(0);
      expect(executor.workers[0]!.bytesHeld).toBeGreaterThanOrEqual(0);
      result.chunk.release();
    }
  });

  it("whose `then` throws, or that are revoked proxies", async () => {
    const executor = create();
    const get = (): never => {
      throw new RangeError("from then");
    };
    const hostile = Object.defineProperties({}, { ["then" as string]: { get } });
    const { cause } = await failure(
      executor.run(delayed(() => hostile, { label: "hostile" })(), { signal }),
      DependencyError,
      "hostile",
    );
    expect(cause).toBeInstanceOf(RangeError);
    await failure(executor.run(delayed(revoked, { label: "gone" })(), { signal }), DependencyError, "gone");
  });

  it("that never come, under a timeout", async () => {
    const executor = create();
    // biome-ignore lint/suspicious/noThenProperty: a thenable that never settles is what this is about
    const neverThen = { then() {} };
    for (const fn of [() => new Promise(() => {}), async () => new Promise(() => {}), () => neverThen]) {
      const node = delayed(fn, { label: "endless", timeout: 5 })();
      const { cause } = await failure(executor.run(node, { signal }), DependencyError, "endless");
      expect(cause).toBeInstanceOf(TimeoutError);
      await failure(executor.run(op(fn), { timeout: 5, signal }), TimeoutError);
    }
  });

  it("a promise of its own result", async () => {
    const executor = create();
    // A native promise refuses to be resolved with itself.
    const own = (): Promise<unknown> => {
      const promise: Promise<unknown> = Promise.resolve().then(() => promise);
      return promise;
    };
    const { cause } = await failure(
      executor.run(delayed(own, { label: "own" })(), { signal }),
      DependencyError,
      "own",
    );
    expect(cause).toBeInstanceOf(TypeError);
  });
});
