import { expect, it } from "vitest";
import { Trail } from "../../src/closure/trail.ts";

it("a trail leads from what is captured to the reason", () => {
  const trail = new Trail(() => "function f");
  trail.enter("captures", "a");
  trail.leave();
  trail.enter("captures", "b");
  trail.enter("property", Symbol.iterator);
  trail.enter("element", 3);
  expect(() => trail.refuse("it is bad", "make it good")).toThrow(
    "function f\n  captures `b`\n    property [Symbol(Symbol.iterator)]\n      element [3]\n        it is bad\nmake it good",
  );
});

it("a long trail is shown from both ends", () => {
  const trail = new Trail(() => "f");
  for (let i = 0; i < 100; i++) trail.enter("property", `p${i}`);
  const attempt = () => trail.refuse("it is bad");
  expect(attempt).toThrow(/property \.p5\n +… 88 more\n +property \.p94/);
  expect(attempt).toThrow(/property \.p99\n +it is bad/);
});
