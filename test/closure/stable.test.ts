import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import type { AnyFunction } from "../../src/task.ts";

/** True if the function is not even looked at when it is captured again. */
function isStable(fn: AnyFunction): boolean {
  const library = new Library("stable");
  const first = library.capture(fn);
  library.forget([first.id]);
  // What is described anew is another object with the same content.
  return library.capture(fn) === first && !isDescribedAnew(library, fn);
}

function isDescribedAnew(library: Library, fn: AnyFunction): boolean {
  const original = Function.prototype.toString;
  let asked = false;
  Function.prototype.toString = function (this: () => void) {
    asked = true;
    return original.call(this);
  };
  library.capture(fn);
  Function.prototype.toString = original;
  return asked;
}

let later = 0;
later++;

describe("a function is stable", () => {
  const constant = 1;
  const frozen = Object.freeze({ a: Object.freeze([1]) });
  const open = { a: 1 };
  class Plain {
    method() {
      return constant;
    }
  }
  const helper = () => constant;

  it("if all that it uses is", () => {
    expect([
      isStable(() => 1),
      isStable(() => constant + frozen.a[0]!),
      isStable(() => helper() + new Plain().method()),
      isStable(() => Math.max(1)),
      isStable(() => expect),
    ]).toEqual([true, true, true, true, true]);
  });

  it("if functions name each other", () => {
    const even = (n: number): boolean => n === 0 || odd(n - 1);
    const odd = (n: number): boolean => n !== 0 && even(n - 1);
    expect(isStable(even)).toBe(true);
  });

  it("unless something may change", () => {
    const usesOpen = () => open;
    // biome-ignore lint/complexity/noStaticOnlyClass: this is what is tested
    class Counting {
      static count = 0;
    }
    expect([
      isStable(() => open),
      isStable(() => usesOpen()),
      isStable(() => later),
      isStable(() => new Counting()),
      isStable(Object.assign(() => 1, { extra: 1 })),
    ]).toEqual([false, false, false, false, false]);
  });
});
