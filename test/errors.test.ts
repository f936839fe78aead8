import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  asError,
  DependencyError,
  DispatcherError,
  ExecutorError,
  type Failure,
  failureOf,
  ReleasedError,
  ThrownValueError,
  TimeoutError,
  ValueFileError,
} from "../src/errors.ts";

class OwnError extends Error {
  readonly detail = { a: 1 };
}

/** A failure that went through these tasks, numbered from 1. */
function failureThrough(cause: Error, labels: readonly string[]): Failure {
  let failure = failureOf(labels[0]!, 1, cause);
  for (const [i, label] of labels.slice(1).entries()) failure = failureOf(label, i + 2, failure);
  return failure;
}

describe("the errors of the library", () => {
  const errors: [DispatcherError, string, string][] = [
    [new DispatcherError("m"), "DispatcherError", "ERR_DISPATCHER"],
    [new ExecutorError("m"), "ExecutorError", "ERR_EXECUTOR"],
    [new ReleasedError("m"), "ReleasedError", "ERR_RELEASED"],
    [new TimeoutError("m", 5), "TimeoutError", "ERR_TIMEOUT"],
    [new ThrownValueError("m"), "ThrownValueError", "ERR_THROWN_VALUE"],
    [new ValueFileError("/f", "is bad", new Error("m")), "ValueFileError", "ERR_VALUE_FILE"],
    [new DependencyError(failureOf("label", 1, new Error("m"))), "DependencyError", "ERR_DEPENDENCY"],
  ];

  it.each(errors)("%s", (error, name, code) => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(DispatcherError);
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(String(error)).toMatch(new RegExp(`^${name}: .*m`));
    expect(inspect(error)).toContain(name);
    expect(error.stack).toContain(name);
  });

  it("have codes of their own", () => {
    const codes = errors.map(([error]) => error.code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it("keep the name of a subclass", () => {
    class OwnExecutorError extends ExecutorError {}
    expect(new OwnExecutorError("m").name).toBe("OwnExecutorError");
    expect(new OwnExecutorError("m").code).toBe("ERR_EXECUTOR");
  });

  it("ValueFileError says which file it is, and what is wrong", () => {
    const cause = new Error("it is empty");
    const error = new ValueFileError("/a/file", "cannot be read", cause);
    expect(error).toMatchObject({ message: "/a/file cannot be read: it is empty", path: "/a/file", cause });
  });

  it("TimeoutError says what took too long, and the limit", () => {
    const error = new TimeoutError("the run", 250);
    expect(error.message).toBe("the run took longer than its timeout of 250 ms");
    expect(error.milliseconds).toBe(250);
  });
});

describe("ThrownValueError", () => {
  it.each([
    ["text", "'text'"],
    [undefined, "undefined"],
    [null, "null"],
    [{ a: 1 }, "{ a: 1 }"],
    [Symbol("s"), "Symbol(s)"],
  ])("carries and shows %o", (value, shown) => {
    const error = new ThrownValueError(value);
    expect(error.value).toBe(value);
    expect(error.message).toContain(shown);
  });

  it("shows of a large value a part", () => {
    const large = [
      "x".repeat(100_000),
      Array.from({ length: 100_000 }, () => ({ a: { b: [1] } })),
      new Map([[1, {}]]),
    ];
    for (const value of [large[0], large[1], large]) {
      expect(new ThrownValueError(value).message.length).toBeLessThan(10_000);
    }
  });

  it("shows something also of what cannot be shown", () => {
    const hostile = {
      [inspect.custom]() {
        throw new Error("from inspect");
      },
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [hostile, proxy, Object.create(null)]) {
      const error = new ThrownValueError(value);
      expect(error.value === value).toBe(true);
      expect(error.message).toContain("not an Error");
    }
  });
});

describe("asError", () => {
  it("leaves errors as they are", () => {
    const own = new OwnError("own");
    expect(asError(own)).toBe(own);
    const aborted = AbortSignal.abort().reason as Error;
    expect(asError(aborted)).toBe(aborted);
  });

  it("leaves errors of another realm as they are", () => {
    const foreign = runInNewContext("new RangeError('from there')") as Error;
    expect(foreign instanceof Error).toBe(false);
    expect(asError(foreign)).toBe(foreign);
  });

  it.each([["text"], [undefined], [null], [0], [{ message: "only looks like one" }], [() => 1]])(
    "wraps %o",
    (value) => {
      const error = asError(value);
      expect(error).toBeInstanceOf(ThrownValueError);
      expect((error as ThrownValueError).value).toBe(value);
    },
  );

  it("wraps what merely says that it is an error", () => {
    const liar = {
      get [Symbol.toStringTag]() {
        return "Error";
      },
    };
    const error = asError(liar);
    expect(typeof error.message).toBe("string");
    expect(new DependencyError(failureOf("label", 1, error)).message).not.toContain("undefined");
  });

  it("wraps a revoked proxy", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(asError(proxy)).toBeInstanceOf(ThrownValueError);
  });
});

describe("DependencyError", () => {
  it("of the task that failed itself", () => {
    const cause = new OwnError("out of luck");
    const error = new DependencyError(failureOf("load", 7, cause));
    expect(error.cause).toBe(cause);
    expect(error.label).toBe("load");
    expect(error.id).toBe(7);
    expect(error.path).toEqual(["load"]);
    expect(error.message).toBe('"load" (node 7) failed: out of luck');
  });

  it("of a task that needed it", () => {
    const cause = new OwnError("out of luck");
    const error = new DependencyError(failureThrough(cause, ["load", "process", "report"]));
    expect(error.cause).toBe(cause);
    expect(error.label).toBe("load");
    expect(error.id).toBe(1);
    expect(error.path).toEqual(["load", "process", "report"]);
    expect(error.message).toBe('"load" (node 1) failed: out of luck (needed by process → report)');
  });

  it("may share its way with others", () => {
    const root = failureOf("load", 1, new Error("no"));
    const left = new DependencyError(failureOf("left", 2, root));
    const right = new DependencyError(failureOf("right", 3, root));
    expect(left.path).toEqual(["load", "left"]);
    expect(right.path).toEqual(["load", "right"]);
  });

  it("shows the end of a long way, and has all of it", () => {
    const labels = Array.from({ length: 200_000 }, (_, i) => `n${i}`);
    const error = new DependencyError(failureThrough(new Error("no"), labels));
    expect(error.path).toEqual(labels);
    expect(error.path).toBe(error.path);
    expect(error.message).toBe(
      `"n0" (node 1) failed: no (needed by … 199991 more → ${labels.slice(-8).join(" → ")})`,
    );
  });

  it("shows all of a way of nine", () => {
    const labels = Array.from({ length: 9 }, (_, i) => `n${i}`);
    const error = new DependencyError(failureThrough(new Error("no"), labels));
    expect(error.message).toContain(`needed by ${labels.slice(1).join(" → ")})`);
  });

  it("names the class of an error without a message", () => {
    const error = new DependencyError(failureOf("load", 1, new RangeError()));
    expect(error.message).toBe('"load" (node 1) failed: RangeError');
  });

  it("of a failure of another graph: a DependencyError can be a cause", () => {
    const inner = new DependencyError(failureOf("inner", 1, new OwnError("own")));
    const outer = new DependencyError(failureOf("outer", 2, inner));
    expect(outer.cause).toBe(inner);
    expect(outer.path).toEqual(["outer"]);
    expect(outer.message).toContain('"inner"');
  });

  it("shows its cause when it is printed", () => {
    const error = new DependencyError(failureOf("load", 1, new OwnError("out of luck")));
    expect(inspect(error)).toMatch(/cause\]?: OwnError: out of luck|OwnError: out of luck/);
    expect(inspect(error)).toContain("detail");
  });

  it("is made also of an error that cannot be shown", () => {
    const hostile = Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("from message");
      },
    });
    const odd = Object.assign(new Error("x"), { message: Symbol("s") as never });
    for (const cause of [hostile, odd]) {
      const error = new DependencyError(failureOf("load", 1, cause));
      expect(error.cause === cause).toBe(true);
      expect(error.message).toContain('"load"');
    }
  });
});
