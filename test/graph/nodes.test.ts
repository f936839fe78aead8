import { expect, test } from "vitest";
import { checkedNodes } from "../../src/graph/nodes.ts";
import { DataNode } from "../../src/index.ts";

const [a, b] = [new DataNode(1), new DataNode(2)];

test("makes an array of its own of a node or any iterable of nodes", () => {
  const given = [a, b];
  const isSame = (found: readonly unknown[]) =>
    found.length === 2 && found.every((one, i) => one === given[i]);
  expect(checkedNodes(a, "node")[0]).toBe(a);
  expect(isSame(checkedNodes(given, "node"))).toBe(true);
  expect(checkedNodes(given, "node") === given).toBe(false);
  expect(isSame(checkedNodes(new Set(given).values(), "node"))).toBe(true);
});

test("names what is not a node", () => {
  expect(() => checkedNodes([a, 5 as never], "output")).toThrow(new TypeError("output 1 is not a node: 5"));
  for (const given of [null, undefined, 5, "text", {}]) {
    expect(() => checkedNodes(given as never, "input")).toThrow(/as input, got|is not a node/);
  }
});
