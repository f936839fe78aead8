import { Socket } from "node:net";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import * as errors from "../../src/errors.ts";
import { bareError, errorClassOf } from "../../src/serialize/error-class.ts";

const library = new Library("classes");

/** An error of the class that was found, without anything else. */
const again = (error: Error) => bareError(structuredClone(errorClassOf(error, library)), library);

class Mine extends RangeError {
  constructor(options: { readonly text: string }) {
    super(options.text.toUpperCase());
  }
}

it.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
  "knows %o by its name",
  (type) => {
    expect(errorClassOf(new type("a"), library)).toMatchObject({
      base: type.name,
      id: undefined,
      name: undefined,
    });
    expect(Object.getPrototypeOf(again(new type("a")))).toBe(type.prototype);
  },
);

it("knows every class of the library", () => {
  const failure = errors.failureOf("a", 1, new Error("b"));
  for (const [name, type] of Object.entries(errors)) {
    if (!/^[A-Z].*Error$/.test(name)) continue;
    const what = name === "DependencyError" ? failure : "a";
    const error = new (type as new (...args: unknown[]) => Error)(what, [], "b");
    expect(errorClassOf(error, library)).toMatchObject({ base: name, id: undefined });
    expect(Object.getPrototypeOf(again(error))).toBe((type as typeof Error).prototype);
  }
});

it("makes errors of the user's classes without their constructors", () => {
  const made = again(new Mine({ text: "a" }));
  expect(made).toBeInstanceOf(Mine);
  expect(Object.getPrototypeOf(made)).toBe(Mine.prototype);
  expect(Object.prototype.toString.call(made)).toBe("[object Error]");
});

it("makes DOMExceptions with the name and message that they keep to themselves", () => {
  const made = again(new DOMException("stopped", "AbortError"));
  expect(made).toBeInstanceOf(DOMException);
  expect([made.name, made.message, (made as DOMException).code]).toEqual(["AbortError", "stopped", 20]);
});

it("takes the class above, and the name, if a class cannot travel or is not known there", () => {
  const socket = new Socket();
  class Open extends Mine {
    override readonly name: string = "OpenError";
    send(): unknown {
      return socket;
    }
  }
  const error = new Open({ text: "a" });
  expect(errorClassOf(error, library).name).toBe("OpenError");
  expect(Object.getPrototypeOf(again(error))).toBe(Mine.prototype);
  const unknown = bareError(errorClassOf(new Mine({ text: "a" }), library), new Library("elsewhere"));
  expect(Object.getPrototypeOf(unknown)).toBe(RangeError.prototype);
  socket.destroy();
});

it("takes errors of another realm for those of this", () => {
  expect(Object.getPrototypeOf(again(runInNewContext("new TypeError('a')")))).toBe(TypeError.prototype);
});

it("takes whatever resists for an Error", () => {
  const hostile = new Proxy(new TypeError("a"), {
    getPrototypeOf() {
      throw new Error("from a trap");
    },
  });
  expect(Object.getPrototypeOf(again(hostile))).toBe(Error.prototype);
});

it("leaves the limit of stack traces as it was", () => {
  const { stackTraceLimit } = Error;
  again(new Mine({ text: "a" }));
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});
