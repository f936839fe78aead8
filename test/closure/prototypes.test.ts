import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { movedValue, thread } from "./travel.ts";

const refusal = (value: object) => {
  try {
    thread().captureValue({ value });
  } catch (error) {
    return (error as Error).message;
  }
  return "not refused";
};

describe("what an object inherits", () => {
  it("comes along", async () => {
    const base = { greet: () => "hello" };
    expect((await movedValue(Object.create(base) as typeof base)).greet()).toBe("hello");
    expect(Object.getPrototypeOf(await movedValue(Object.create(null) as object))).toBeNull();
  });

  it("may be a class of Node that has ordinary properties only", async () => {
    class Bus extends EventEmitter {
      readonly name = "bus";
    }
    const bus = await movedValue(new Bus());
    expect([bus.name, bus instanceof EventEmitter, bus.emit("x")]).toEqual(["bus", true, false]);
  });

  it("may not have a state of its own", () => {
    class Line extends Socket {}
    expect(refusal(new Line())).toContain("it is a Line, built on the native node:net.Socket.prototype");
    expect(refusal(new AbortController())).toContain("AbortController");
    expect(refusal(new Intl.NumberFormat("en"))).toContain("NumberFormat");
  });

  it("may not have private members, unless it says how to copy them", async () => {
    class Field {
      #x = 1;
      get() {
        return this.#x;
      }
    }
    class Method {
      #x() {
        return 1;
      }
      get() {
        return this.#x();
      }
    }
    class Static {
      static #x() {
        return 1;
      }
      get() {
        return Static.#x();
      }
    }
    expect(refusal(new Field())).toContain("private state, #x of Field");
    expect(refusal(new Method())).toContain("private state, #x of Method");
    expect((await movedValue(new Static())).get()).toBe(1);
  });

  it("is the nearest class that others know, of errors", async () => {
    const error = await import(`${"nowhere"}-to-be-found`).catch((reason: Error) => reason);
    const copy = await movedValue(error as Error & { code: string });
    expect(copy).toBeInstanceOf(Error);
    expect([copy.message, copy.stack]).toEqual([(error as Error).message, (error as Error).stack]);
  });
});
