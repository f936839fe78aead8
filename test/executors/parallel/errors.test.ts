import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DependencyError, delayed, op, ThrownValueError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { failure, KINDS, Marks, shared } from "../../support/parallel.ts";

class LoadError extends Error {
  readonly code = "E_LOAD";
  readonly attempts: Map<string, number>;
  override name = "LoadError";
  constructor(message: string, attempts: Map<string, number>, options?: ErrorOptions) {
    super(message, options);
    this.attempts = attempts;
  }
  get worst() {
    return Math.max(...this.attempts.values());
  }
}

const fixture = fileURLToPath(new URL("fixtures/stack.mjs", import.meta.url));

describe.each(KINDS)("on %s", (kind) => {
  const given = shared(kind);

  /** The cause of a run's failure. */
  const causeOf = async (throws: () => unknown): Promise<Error> =>
    (await failure(given.executor.run(delayed(throws, { label: "thrower" })()), DependencyError, '"thrower"'))
      .cause;

  it("an error of the user's own class is of this class, with all its fields", async () => {
    const error = await causeOf(() => {
      throw new LoadError("no luck", new Map([["a", 3]]));
    });
    expect(error).toBeInstanceOf(LoadError);
    expect(Object.getPrototypeOf(error)).toBe(LoadError.prototype);
    expect(error).toMatchObject({ name: "LoadError", message: "no luck", code: "E_LOAD", worst: 3 });
    expect((error as LoadError).attempts).toEqual(new Map([["a", 3]]));
  });

  it("an error that an async function rejects with too", async () => {
    const error = await causeOf(async () => {
      await Promise.resolve();
      throw new LoadError("later", new Map([["a", 3]]));
    });
    expect(error).toBeInstanceOf(LoadError);
    expect((error as LoadError).worst).toBe(3);
  });

  it("a chain of causes arrives link by link", async () => {
    const error = await causeOf(() => {
      try {
        JSON.parse("{");
      } catch (cause) {
        throw new LoadError("outer", new Map(), { cause: new RangeError("middle", { cause }) });
      }
    });
    expect(error).toBeInstanceOf(LoadError);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect((error.cause as Error).cause).toBeInstanceOf(SyntaxError);
    expect(((error.cause as Error).cause as Error).message).toMatch(/JSON/);
  });

  it("an AggregateError with its errors", async () => {
    const error = await causeOf(() => {
      throw new AggregateError([new LoadError("a", new Map()), new TypeError("b"), "c"], "all of them");
    });
    expect(error).toBeInstanceOf(AggregateError);
    const { errors } = error as AggregateError;
    expect(errors[0]).toBeInstanceOf(LoadError);
    expect(errors[1]).toBeInstanceOf(TypeError);
    expect(errors[2]).toBe("c");
  });

  it("an AbortError is one", async () => {
    const error = await causeOf(() => AbortSignal.abort().throwIfAborted());
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: "AbortError", code: 20 });
  });

  it("an error of Node keeps its code and its fields", async () => {
    const error = await causeOf(() => process.getBuiltinModule("node:fs").readFileSync("/no/such/file"));
    expect(error).toMatchObject({ code: "ENOENT", syscall: "open", path: "/no/such/file", errno: -2 });
    const wrong = await causeOf(() => process.getBuiltinModule("node:fs").readFileSync({} as never));
    expect(wrong).toBeInstanceOf(TypeError);
    expect(wrong).toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
  });

  it.each([
    ["text", "text"],
    ["nothing", undefined],
    ["null", null],
    ["an object", { a: 1 }],
  ] as [string, unknown][])("%s that is thrown is wrapped", async (_, value) => {
    const error = await causeOf(() => {
      throw value;
    });
    expect(error).toBeInstanceOf(ThrownValueError);
    expect((error as ThrownValueError).value).toEqual(value);
  });

  it("what cannot travel in an error does not hide the error", async () => {
    const error = await causeOf(() => {
      throw Object.assign(new RangeError("with a promise"), { later: Promise.resolve(1), extra: 7 });
    });
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "with a promise", extra: 7 });
  });

  it("a task with an error that names itself as its cause fails with it", async () => {
    const error = await causeOf(() => {
      const own: Error = new RangeError("round");
      own.cause = own;
      throw own;
    });
    expect(error.message).toBe("round");
    expect(error.cause).toBe(error);
  });

  it("a failure on one worker is the failure of dependents that another one was to run", async () => {
    const bad = delayed(
      (): number => {
        throw new LoadError("no luck", new Map());
      },
      { label: "bad", workers: ["worker-1"] },
    )();
    const next = delayed((x: number) => x, { label: "next", workers: ["worker-2"] })(bad);
    const end = delayed((x: number) => x, { label: "end", workers: ["worker-1"] })(next);
    const error = await failure(given.executor.run(end), DependencyError, "no luck");
    expect(error.path).toEqual(["bad", "next", "end"]);
    expect(error.cause).toBeInstanceOf(LoadError);
  });

  it("two tasks know the same class of the user", async () => {
    const make = op(() => new LoadError("a value", new Map([["a", 1]])));
    const check = op((x: unknown) => x instanceof LoadError && x.worst, make);
    expect(await given.executor.collect(check)).toBe(1);
    expect(await given.executor.collect(make)).toBeInstanceOf(LoadError);
  });

  it("attempts are made on the workers, and predicates asked here", async () => {
    const asked: unknown[] = [];
    const isLoadError = (error: Error) => {
      asked.push(error);
      return error instanceof LoadError;
    };
    const flaky = (directory: string) => {
      const { readdirSync, writeFileSync } = process.getBuiltinModule("node:fs");
      const attempt = readdirSync(directory).length;
      writeFileSync(`${directory}/${attempt}`, "");
      if (attempt < 2) throw new LoadError(`attempt ${attempt}`, new Map());
      return attempt;
    };
    const executor = given.executor;
    const node = delayed(flaky, { retries: 3, retryOn: isLoadError })(new Marks().directory);
    expect(await executor.collect(node)).toBe(2);
    expect(asked).toHaveLength(2);
  });

  it("stacks show the positions in the user's own file", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [fixture, kind]);
    expect(JSON.parse(stdout)).toEqual({
      thrower: `${fixture}:9:9`,
      caller: `${fixture}:13:3`,
      later: `${fixture}:18:9`,
    });
  });
});
