import { base64String } from "fast-check";
import { describe, expect, it } from "vitest";
import { moved, movedValue, send, sent, thread } from "./travel.ts";

describe("a library", () => {
  it("gives the same definition of a function that cannot change", () => {
    const library = thread();
    const factor = 2;
    const double = (x: number) => x * factor;
    expect(library.capture(double)).toBe(library.capture(double));
  });

  it("gives the same definition of a function whose variables have the same content", () => {
    const library = thread();
    const settings = { factor: 2 };
    const scale = (x: number) => x * settings.factor;
    const first = library.capture(scale);
    expect(library.capture(scale)).toBe(first);
    settings.factor = 3;
    expect(library.capture(scale).id).not.toBe(first.id);
  });

  it("lets all wait for a module that is on its way, also those who name what has been accepted already", async () => {
    const from = thread();
    const id = from.capture(() => base64String()).id;
    const definitions = from.needed([id], new Set());
    const to = thread();
    const first = to.accept(definitions);
    expect(first).toBeInstanceOf(Promise);
    expect(to.accept(definitions)).toBeInstanceOf(Promise);
    expect(to.importing).toBeInstanceOf(Promise);
    await to.accept(definitions);
    expect(to.functionOf(id)()).toHaveProperty("generate");
    await first;
    expect(to.importing).toBeUndefined();
    expect(to.accept(definitions)).toBeUndefined();
  });

  it("sends a definition once", () => {
    const library = thread();
    const helper = (x: number) => x + 1;
    const known = new Set<string>();
    const one = library.needed([library.capture(() => helper(1)).id], known);
    const two = library.needed([library.capture(() => helper(2)).id], known);
    expect(one.length).toBeGreaterThan(two.length);
    expect(library.needed([...known], known)).toEqual([]);
  });

  it("puts definitions after those that they use", () => {
    const library = thread();
    class Base {}
    class Derived extends Base {}
    const ids = library.needed([library.capture(() => new Derived()).id], new Set()).map(({ id }) => id);
    for (const { id, uses } of library.needed(ids, new Set()))
      for (const used of uses) expect(ids.indexOf(used)).toBeLessThan(ids.indexOf(id));
  });

  it("has one class for all functions that use it", async () => {
    const [from, to] = [thread(), thread()];
    class Money {
      readonly #cents: number;
      constructor(cents: number) {
        this.#cents = cents;
      }
      static is(value: object) {
        return #cents in value;
      }
    }
    const known = new Set<string>();
    const make = from.capture(() => new Money(5));
    const test = from.capture((one: object) => one instanceof Money && Money.is(one));
    await send(from, to, [make.id, test.id], known);
    expect(to.functionOf(test.id)(to.functionOf(make.id)())).toBe(true);
  });

  it("gets its own classes back, by way of two other threads", async () => {
    const [home, a, b] = [thread(), thread(), thread()];
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    const make = home.capture(() => new Point(1));
    const known = new Set<string>();
    await send(home, a, [make.id], known);
    const made = a.captureValue(a.functionOf(make.id)());
    expect(a.needed(made.uses, known)).toEqual([]);
    await send(home, b, made.uses);
    const test = home.capture((one: unknown) => one instanceof Point);
    await send(home, b, [test.id]);
    const there = b.restore(sent(made));
    expect(b.functionOf(test.id)(there)).toBe(true);
    expect(home.restore(sent(b.captureValue(there)))).toBeInstanceOf(Point);
  });

  it("takes a rebuilt function for the one it was", async () => {
    const [home, away] = [thread(), thread()];
    let calls = 0;
    const state = { calls: ++calls };
    const fn = () => state.calls;
    const { id } = home.capture(fn);
    await send(home, away, [id]);
    expect(away.capture(away.functionOf(id)).id).toBe(id);
    expect(home.functionOf(id)).toBe(fn);
    expect(home.restore(sent(away.captureValue([away.functionOf(id)])))).toEqual([fn]);
  });

  it("keeps classes that name each other one", async () => {
    // biome-ignore lint/complexity/noStaticOnlyClass: this is what is tested
    class Parent {
      static child(): Parent {
        return new Child();
      }
    }
    class Child extends Parent {
      static readonly parent = Parent;
    }
    const fromParent = await moved(() => Parent.child() instanceof Parent && Child.parent === Parent);
    const fromChild = await moved(
      () => new Child() instanceof Child.parent && Parent.child() instanceof Child,
    );
    expect([fromParent(), fromChild()]).toEqual([true, true]);
  });

  it("shares what a class and a function capture", async () => {
    const registry: unknown[] = [];
    class Item {
      constructor() {
        registry.push(this);
      }
    }
    const count = () => {
      new Item();
      return registry.length;
    };
    const first = () => [registry.length, new Item() instanceof Item, registry.length];
    expect((await moved(count))()).toBe(1);
    expect((await moved(first))()).toEqual([0, true, 1]);
  });

  it("forgets a function and what only it used, and knows it again", async () => {
    const [home, away] = [thread(), thread()];
    const known = new Set<string>();
    const helper = (x: number) => x * 2;
    const fn = () => helper(4);
    const { id } = home.capture(fn);
    const { id: helperId } = home.capture(helper);
    await send(home, away, [id], known);
    expect(away.functionOf(id)()).toBe(8);
    const forgotten = home.forget([id]);
    expect(forgotten.sort()).toEqual([id, helperId].sort());
    away.forget(forgotten);
    for (const one of forgotten) known.delete(one);
    expect(() => away.functionOf(id)).toThrow("has not been sent");
    expect(home.capture(fn).id).toBe(id);
    await send(home, away, [id], known);
    expect(away.functionOf(id)()).toBe(8);
  });

  it("forgets no class, as its instances may be anywhere", async () => {
    const home = thread();
    class Kept {}
    const { id, uses } = home.capture(() => new Kept());
    expect(home.forget([id])).toEqual([id]);
    expect(home.needed(uses, new Set()).length).toBeGreaterThan(0);
  });

  it("imports modules before a function can be called", async () => {
    const [from, to] = [thread(), thread()];
    const { dirname } = await import("node:path/posix");
    const { id } = from.capture(() => dirname("/a/b"));
    const loading = to.accept(sent(from.needed([id], new Set())));
    await loading;
    expect(to.functionOf(id)()).toBe("/a");
  });

  it("says what it cannot take along, where it is, and what to do", () => {
    const config = { server: { ready: Promise.resolve() } };
    const attempt = () => thread().capture(() => config.server.ready, "wait for it");
    expect(attempt).toThrow(
      /^"wait for it" \(library.test.ts:\d+:\d+\)\n {2}captures `config`\n {4}property .server\n/,
    );
    expect(attempt).toThrow("await import()");
    expect(attempt).toThrow(
      expect.objectContaining({
        code: "ERR_CLOSURE",
        reason: "it is a Promise; await it first",
        path: [expect.any(String), "captures `config`", "property .server", "property .ready"],
      }),
    );
  });

  it("warns once of a large captured variable", async () => {
    const library = thread();
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on("warning", onWarning);
    const table = new Float64Array(200_000);
    const sum = (at: number) => table[at];
    library.capture(sum);
    table[0] = 1;
    library.capture(sum);
    await new Promise(setImmediate);
    process.off("warning", onWarning);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^function sum .*captures `table`.*1\.6 MB.*as an argument/),
    ]);
  });

  it("keeps cycles and shared parts of values", async () => {
    const shared = { name: "shared" };
    const value = { a: shared, b: [shared], self: undefined as unknown };
    value.self = value;
    const copy = await movedValue(value);
    expect(copy.a).toBe(copy.b[0]);
    expect(copy.self).toBe(copy);
  });

  it("lets go of closures that are forgotten", async () => {
    const library = thread();
    const capture = (i: number): WeakRef<object> => {
      const fn = () => i;
      library.forget([library.capture(fn).id]);
      return new WeakRef(fn);
    };
    const refs = Array.from({ length: 100 }, (_, i) => capture(i));
    // Handles of the inspector are released when the present turn of the event loop is over.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    globalThis.gc?.();
    expect(refs.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  });
});
