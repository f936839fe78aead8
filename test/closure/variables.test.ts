import { describe, expect, it } from "vitest";
import type { FreeName } from "../../src/closure/analyse.ts";
import type { Scope } from "../../src/closure/inspect.ts";
import { type Place, variableOf } from "../../src/closure/variables.ts";

const free = (name: string, rest: Partial<FreeName> = {}): FreeName => ({
  name,
  assigned: false,
  members: undefined,
  typeofOnly: false,
  inBlock: false,
  spans: [],
  ...rest,
});

const place = (assigned: readonly string[] = []): Place => ({
  url: import.meta.url,
  mayBeElsewhere: ({ inBlock }) => inBlock,
  facts: {
    imports: new Map(),
    assigned: new Set(assigned),
    strict: true,
    strictParts: [],
    requires: new Set(["load"]),
  },
});

const scope = (description: string, object: Record<string, unknown>): Scope => ({ description, object });
const global = scope("Global", globalThis as never);

describe("a variable", () => {
  it("is the innermost of its name", () => {
    const scopes = [scope("Closure (f)", { a: 1 }), scope("Module", { a: 2 }), global];
    expect(variableOf(free("a"), scopes, place())).toMatchObject({
      kind: "value",
      value: 1,
      isConstant: true,
    });
  });

  it("of a module that is assigned to is a cell", () => {
    const scopes = [scope("Closure (f)", { a: 1 }), scope("Module", { b: 2 }), global];
    expect(variableOf(free("b"), scopes, place(["b"]))).toMatchObject({ kind: "cell", value: 2 });
    expect(variableOf(free("a"), scopes, place(["a"]))).toMatchObject({ kind: "value", isConstant: false });
    const ofVite = [scope("Block", { a: 1 }), scope("Closure", { __vi_import_0__: {} }), global];
    expect(variableOf(free("a"), ofVite, place(["a"]))).toMatchObject({ kind: "cell" });
  });

  it("is none if it is global or need not exist", () => {
    expect(variableOf(free("Math"), [global], place())).toBeUndefined();
    expect(variableOf(free("nothing", { typeofOnly: true }), [global], place())).toBeUndefined();
    expect(variableOf(free("nothing", { inBlock: true }), [global], place())).toBeUndefined();
    expect(() => variableOf(free("nothing"), [global], place())).toThrow("not defined");
  });

  it("may have no value yet", () => {
    const scopes = [
      scope("Module", {
        get a() {
          throw new ReferenceError();
        },
      }),
    ];
    expect(() => variableOf(free("a"), scopes, place())).toThrow("no value yet");
  });

  it("may belong to the module", () => {
    const require = Object.assign(() => {}, { resolve: () => {} });
    const scopes = [
      scope("Closure", {
        load: require,
        __vi_import_meta__: {},
        __vi_dynamic_import__: {},
        cov_1a2b: () => {},
      }),
    ];
    const found = ["load", "__vi_import_meta__", "__vi_dynamic_import__", "cov_1a2b"].map((name) =>
      variableOf(free(name), scopes, place()),
    );
    expect(found).toMatchObject([
      { home: { kind: "require", url: import.meta.url } },
      { home: { kind: "meta" } },
      { home: { kind: "import" } },
      { kind: "sink" },
    ]);
  });
});
