import assert from "node:assert";
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { pack, unpack } from "../../src/comm/pack.ts";
import {
  DependencyError,
  DispatcherError,
  ExecutorError,
  failureOf,
  ReleasedError,
  ThrownValueError,
  TimeoutError,
} from "../../src/errors.ts";
import { decodeError, encodeError } from "../../src/serialize/error.ts";

const library = new Library("errors");

/** What arrives of what was thrown, through both channels. */
function travelled(thrown: unknown): unknown[] {
  const { data } = encodeError(thrown, library);
  return [structuredClone(data), unpack(pack(data))].map((copy) => decodeError(copy, library));
}

/** What is there to see of an error. */
function facts(error: unknown): object {
  const { name, message, stack, code, cause } = error as Error & { code: unknown };
  const all = Object.getOwnPropertyDescriptors(error as object);
  const own = Object.entries(all).map(([key, { enumerable }]) => `${key} ${key !== "stack" && enumerable}`);
  return {
    name,
    message,
    stack,
    code,
    cause: typeof cause === "object" ? typeof cause : cause,
    own: own.sort(),
  };
}

function thrownBy(fails: () => unknown): Error & Record<string, unknown> {
  try {
    fails();
  } catch (error) {
    return error as never;
  }
  throw new Error("did not fail");
}

class QueryError extends TypeError {
  readonly query: { readonly text: string };
  readonly retries = 3;

  constructor(options: { readonly query: { readonly text: string } }) {
    super(`failed: ${options.query.text}`);
    this.query = options.query;
  }

  get shown(): string {
    return `<${this.query.text}>`;
  }
}

class NetworkError extends QueryError {
  override name = "NetworkError";
}

describe("an error", () => {
  it.each([
    ["of the language", new RangeError("too far")],
    ["without a message", new Error()],
    [
      "with a code",
      Object.assign(new Error("a"), { code: "E_MINE", details: { list: [1, new Map([[1, 2]])] } }),
    ],
    ["with a hidden field", Object.defineProperty(new Error("a"), "hidden", { value: 1 })],
    ["of the file system", thrownBy(() => readFileSync("/no/such/file"))],
    ["of an assertion", thrownBy(() => assert.equal(1, 2))],
    ["of a DOMException", new DOMException("stopped", "AbortError")],
    ["of an aborted signal", thrownBy(() => AbortSignal.abort().throwIfAborted())],
    ["of the user's class", new QueryError({ query: { text: "SELECT" } })],
    ["of a class below it", new NetworkError({ query: { text: "SELECT" } })],
    ["with a cause", new Error("a", { cause: new RangeError("b") })],
    ["with a cause that is no error", new Error("a", { cause: { status: 404 } })],
    ["with a name of its own", Object.assign(new Error("a"), { name: "CustomError" })],
    ["of an executor", new ExecutorError("a")],
    ["of a released result", new ReleasedError("a")],
    ["of a timeout", new TimeoutError("a", 5)],
    ["of a thrown text", new ThrownValueError("text")],
    ["of a failed task", new DependencyError(failureOf("a", 1, new Error("b")))],
    ["of the library's base class", new DispatcherError("a")],
  ])("%s arrives with class, fields and stack", (_, error) => {
    for (const arrived of travelled(error)) {
      expect(arrived).not.toBe(error);
      expect(facts(arrived)).toEqual(facts(error));
      expect(Object.getPrototypeOf(arrived)).toBe(Object.getPrototypeOf(error));
      expect(String(arrived)).toBe(String(error));
    }
  });

  it("keeps the values of its fields", () => {
    for (const arrived of travelled(new NetworkError({ query: { text: "SELECT" } })) as NetworkError[]) {
      expect(arrived).toBeInstanceOf(NetworkError);
      expect(arrived).toBeInstanceOf(TypeError);
      expect([arrived.query, arrived.retries, arrived.shown]).toEqual([{ text: "SELECT" }, 3, "<SELECT>"]);
    }
  });

  it("of Node keeps class and code", () => {
    const error = thrownBy(() => Buffer.from(1 as never));
    for (const arrived of travelled(error) as (typeof error)[]) {
      expect(arrived).toBeInstanceOf(TypeError);
      expect([arrived.name, arrived.code, arrived.message]).toEqual([error.name, error.code, error.message]);
      expect(arrived.stack).toBe(error.stack);
      expect(Object.hasOwn(arrived, "name")).toBe(Object.hasOwn(error, "name"));
    }
  });

  it("of another realm becomes one of this", () => {
    const error = runInNewContext("Object.assign(new RangeError('far'), { code: 1 })") as Error;
    expect(error).not.toBeInstanceOf(Error);
    for (const arrived of travelled(error)) {
      expect(arrived).toBeInstanceOf(RangeError);
      expect(arrived).toMatchObject({ message: "far", code: 1 });
    }
  });

  it("keeps the errors that it gathers", () => {
    const inner = new QueryError({ query: { text: "a" } });
    for (const arrived of travelled(new AggregateError([inner, "text", inner], "all")) as AggregateError[]) {
      expect(arrived).toBeInstanceOf(AggregateError);
      expect(arrived.errors).toHaveLength(3);
      expect(arrived.errors[0]).toBeInstanceOf(QueryError);
      expect(arrived.errors[1]).toBe("text");
      expect(arrived.errors[2]).toBe(arrived.errors[0]);
    }
  });

  it("keeps causes that form a ring, and chains of any length", () => {
    const ring = new Error("ring");
    ring.cause = new Error("other", { cause: ring });
    let chain = new Error("0");
    for (let i = 1; i <= 20_000; i++) chain = new Error(`${i}`, { cause: chain });
    for (const arrived of travelled(ring) as Error[]) expect((arrived.cause as Error).cause).toBe(arrived);
    const [arrived] = travelled(chain) as Error[];
    let length = 0;
    for (let one: unknown = arrived; one instanceof Error; one = one.cause) length++;
    expect(length).toBe(20_001);
  });

  it("of a failed task keeps label, id, path and cause", () => {
    const cause = new QueryError({ query: { text: "a" } });
    const failure = failureOf("use", 5, failureOf("between", 4, failureOf("load", 3, cause)));
    for (const arrived of travelled(new DependencyError(failure)) as DependencyError[]) {
      expect(arrived).toMatchObject({ label: "load", id: 3, path: ["load", "between", "use"] });
      expect(arrived.cause).toBeInstanceOf(QueryError);
    }
  });
});

describe("what cannot travel", () => {
  it("becomes a text in the place of a field", () => {
    const socket = new Socket();
    const error = Object.assign(new QueryError({ query: { text: "a" } }), {
      socket,
      list: [new Error("in a list"), socket],
      promise: Promise.resolve(1),
      [Symbol("mine")]: 1,
      [Symbol.for("everyone's")]: 2,
    });
    for (const arrived of travelled(error) as (typeof error)[]) {
      expect(arrived).toBeInstanceOf(QueryError);
      expect(arrived.query).toEqual({ text: "a" });
      expect(arrived.socket).toMatch(/^\[.*Socket.*cannot leave its thread\]$/);
      expect(arrived.promise).toMatch(/^\[.*Promise.*cannot leave its thread\]$/);
      expect(arrived.list[0]).toMatchObject({ message: "in a list" });
      expect(arrived.list[1]).toMatch(/Socket/);
      expect(Object.getOwnPropertySymbols(arrived)).toEqual([Symbol.for("everyone's")]);
    }
    socket.destroy();
  });

  it("becomes a text where a getter throws, and its value where it does not", () => {
    const error = Object.defineProperties(new Error("a"), {
      bad: {
        get() {
          throw new Error("from a getter");
        },
        enumerable: true,
      },
      good: { get: () => 5, enumerable: true },
    });
    for (const arrived of travelled(error)) {
      expect(arrived).toMatchObject({ message: "a", bad: "[a getter that throws: from a getter]", good: 5 });
    }
  });

  it("leaves an error of the class above, with the name", () => {
    const socket = new Socket();
    class SocketError extends QueryError {
      describe(): unknown {
        return socket;
      }
    }
    SocketError.prototype.name = "SocketError";
    const error = new SocketError({ query: { text: "a" } });
    for (const arrived of travelled(error) as Error[]) {
      expect(arrived).toBeInstanceOf(QueryError);
      expect(arrived).not.toBeInstanceOf(SocketError);
      expect([arrived.name, arrived.message, arrived.stack]).toEqual([
        "SocketError",
        "failed: a",
        error.stack,
      ]);
    }
    socket.destroy();
  });

  it("never costs the error", () => {
    const trap = (): never => {
      throw new Error("from a trap");
    };
    const hostile = [
      new Proxy(new Error("behind a proxy"), { ownKeys: trap, getOwnPropertyDescriptor: trap }),
      new Proxy(new Error("behind a proxy"), { get: trap }),
      Object.defineProperty(new Error("no message"), "message", { get: trap }),
      Object.defineProperty(new Error("no stack"), "stack", { get: trap }),
      Object.defineProperty(new Error("no constructor"), "constructor", { get: trap }),
      Object.create(Error.prototype),
      Object.setPrototypeOf(new Error("without a prototype"), null),
      Object.freeze(new Error("frozen")),
    ];
    for (const error of hostile)
      for (const arrived of travelled(error)) expect(arrived).toBeInstanceOf(Error);
    const strange = Object.assign(new Error("a"), { stack: [1, 2] });
    for (const arrived of travelled(strange)) expect(arrived).toMatchObject({ message: "a" });
  });
});

describe("what is no error", () => {
  it.each([["text"], [undefined], [null], [0], [{ status: 404, list: [1] }], [Symbol.for("a")]])(
    "travels as it is: %o",
    (thrown) => {
      for (const arrived of travelled(thrown)) expect(arrived).toEqual(thrown);
    },
  );

  it("travels with its class, or its code", () => {
    class Refusal {
      readonly why = "no";
    }
    for (const arrived of travelled(new Refusal())) expect(arrived).toBeInstanceOf(Refusal);
    const factor = 2;
    for (const arrived of travelled((x: number) => x * factor)) {
      expect((arrived as (x: number) => number)(4)).toBe(8);
    }
  });

  it("becomes an error that shows it, if it cannot travel", () => {
    for (const arrived of travelled(Promise.resolve(1))) {
      expect(arrived).toBeInstanceOf(ThrownValueError);
      expect(arrived).toMatchObject({ message: expect.stringContaining("Promise") });
    }
  });
});
