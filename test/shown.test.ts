import { expect, test } from "vitest";
import { messageOf, shortened, shown } from "../src/shown.ts";

const hostile = {
  [Symbol.for("nodejs.util.inspect.custom")]() {
    throw new Error("no");
  },
};

test("shows anything in one short line", () => {
  expect([shown("text"), shown(undefined), shown(Symbol("s")), shown(10n)]).toEqual([
    "'text'",
    "undefined",
    "Symbol(s)",
    "10n",
  ]);
  const large = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key ${i}`, [i, { i }]]));
  for (const value of [large, "x".repeat(1e6), new Error("with a stack"), new Map([[large, large]])]) {
    expect(shown(value).length).toBeLessThanOrEqual(300);
    expect(shown(value)).not.toContain("\n");
  }
  expect(shown(hostile)).toBe("something that cannot be shown");
});

test("has a message for every error", () => {
  expect([messageOf(new Error("broken")), messageOf(new RangeError())]).toEqual(["broken", "RangeError"]);
  const throwing = Object.defineProperty(new Error("x"), "message", {
    get() {
      throw new Error("no");
    },
  });
  expect(messageOf(throwing)).toBe("an error whose message cannot be read");
  expect(messageOf(Object.assign(new Error("x"), { message: Symbol("s") }))).toBe(
    "an error without a message",
  );
  expect(messageOf(new Error("x".repeat(1e6))).length).toBe(1000);
});

test("cuts texts, but no characters", () => {
  expect([shortened("12345", 5), shortened("123456", 5)]).toEqual(["12345", "1234…"]);
  expect([shortened("12😀45", 4), shortened("1😀456", 4)]).toEqual(["12…", "1😀…"]);
});
