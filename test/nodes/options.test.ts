import { describe, expect, it } from "vitest";
import {
  CollectNode,
  DataNode,
  DispatchNode,
  delayed,
  fileCache,
  IndexNode,
  type NodeOptions,
  op,
} from "../../src/index.ts";
import { checkedOptions, checkRetrySettings } from "../../src/nodes/options.ts";

const yes = (): boolean => true;

const VALUES: Record<keyof NodeOptions, { good: unknown[]; bad: unknown[] }> = {
  label: { good: ["a", ""], bad: [1, null, Symbol("a"), {}] },
  retries: { good: [0, 5], bad: [-1, 1.5, Number.NaN, Infinity, "1", null] },
  retryOn: { good: [yes, [yes], []], bad: ["a", [yes, 1], null, {}] },
  // A longer one than a timer can wait for would end at once.
  timeout: { good: [1, 0.5, 2 ** 31 - 1], bad: [0, -1, Number.NaN, 2 ** 31, Infinity, "1", null] },
  priority: { good: [0, 100, -100], bad: [101, -101, 0.5, Number.NaN, "1", null] },
  persist: { good: [true, false], bad: [1, "true", null] },
  cache: { good: [true, false, fileCache("a")], bad: [0, null, "a", {}, { directory: "a" }] },
  getResult: { good: [true, false], bad: ["", null] },
  meta: { good: [true, false], bad: [[], null] },
  workers: { good: [["a", "b"], []], bad: ["a", [1], null] },
  resources: { good: [{ gpu: 1 }, {}], bad: [{ gpu: "1" }, 1, null, [1]] },
};

const cases = (kind: "good" | "bad"): [keyof NodeOptions, unknown][] =>
  Object.entries(VALUES).flatMap(([name, values]) =>
    values[kind].map((value): [keyof NodeOptions, unknown] => [name as keyof NodeOptions, value]),
  );

describe("node options", () => {
  it.each(cases("good"))("%s may be %o", (name, value) => {
    expect(new DataNode(1, { [name]: value }).options).toEqual({ [name]: value });
  });

  it.each(cases("bad"))("%s may not be %o", (name, value) => {
    expect(() => new DataNode(1, { [name]: value })).toThrow(TypeError);
    expect(() => new DataNode(1, { [name]: value })).toThrow(`"${name}" must be`);
  });

  it("refuses an unknown option and names the known ones", () => {
    expect(() => new DataNode(1, { retry: 1 } as never)).toThrow(TypeError);
    expect(() => new DataNode(1, { retry: 1 } as never)).toThrow(
      /unknown node option "retry".*retries, retryOn/,
    );
  });

  it.each(["constructor", "toString", "hasOwnProperty"])('takes "%s" for an unknown option', (name) => {
    expect(() => new DataNode(1, { [name]: yes })).toThrow("unknown node option");
  });

  it("refuses an unknown option even without a value", () => {
    expect(() => new DataNode(1, { retry: undefined } as never)).toThrow("unknown node option");
  });

  it.each([
    ["a string", "label"],
    ["a number", 1],
    ["null", null],
    ["a function", yes],
    ["an array", []],
  ])("refuses %s in the place of options", (_, options) => {
    expect(() => new DataNode(1, options as never)).toThrow(TypeError);
  });

  it("is checked by everything that takes options", () => {
    const node = new DataNode([1]);
    class Mine extends DispatchNode {}
    const wrong = { labels: "a" } as NodeOptions;
    for (const make of [
      () => new CollectNode([node], wrong),
      () => new IndexNode(node, 0, wrong),
      () => new (Mine as unknown as new (options: NodeOptions) => Mine)(wrong),
      () => delayed(yes, wrong),
      () => op(yes).with(wrong),
    ]) {
      expect(make).toThrow('unknown node option "labels"');
    }
  });

  it("leaves out what is undefined", () => {
    expect(new DataNode(1, { label: undefined } as never).options).toBeUndefined();
    expect(checkedOptions({ label: undefined, retries: 1 } as never)).toEqual({ retries: 1 });
  });

  it("is not changed by what happens to the given object later", () => {
    const given = { label: "before" };
    const node = new DataNode(1, given);
    given.label = "after";
    expect(node.label).toBe("before");
    expect(() => Object.assign(node.options!, { label: "after" })).toThrow(TypeError);
  });

  it("is checked once for many nodes", () => {
    const options = checkedOptions({ label: "a" })!;
    expect(checkedOptions(options)).toBe(options);
  });
});

describe("retry settings of an executor", () => {
  it("takes the same values as a node does", () => {
    expect(() => checkRetrySettings({ retries: 3, retryOn: [yes] })).not.toThrow();
    expect(() => checkRetrySettings({})).not.toThrow();
    expect(() => checkRetrySettings({ retries: -1 })).toThrow('executor option "retries" must be');
    expect(() => checkRetrySettings({ retryOn: 1 as never })).toThrow('executor option "retryOn" must be');
  });

  it("ignores the executor's other settings", () => {
    expect(() => checkRetrySettings({ retries: 1, concurrency: 2 } as never)).not.toThrow();
  });
});
