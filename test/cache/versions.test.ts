import { DataNode, DispatchGraph, DispatchNode, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Upstream } from "../../src/cache/upstream.ts";
import { GIVEN, Versions } from "../../src/cache/versions.ts";

const f = (...values: unknown[]): number => values.length;

/** The version of a node, as one that is run now. */
function versionOf(
  versions: Versions,
  node: DispatchNode,
  inputs = new Map<DispatchNode, unknown>(),
): number {
  const graph = DispatchGraph.from(node, inputs.keys());
  const upstream = new Upstream(graph);
  return versions.of(
    upstream,
    upstream.of((one) => one === node),
    inputs,
  )[graph.numberOf(node)]!;
}

describe("the version of a node", () => {
  it("stays as long as functions and arguments are the same", () => {
    const versions = new Versions();
    const a = op(f, 1);
    const node = op(f, [a, { b: a }], "x");
    const before = versionOf(versions, node);
    expect(before).not.toBe(GIVEN);
    expect(versionOf(versions, node)).toBe(before);
    expect(versionOf(new Versions(), op(f))).not.toBe(GIVEN);
  });

  it.each<[string, (a: ReturnType<typeof op>, node: ReturnType<typeof op>) => void, string]>([
    ["an argument", (a, node) => Object.assign(node, { args: [a, 3] }), "argument 2 changed"],
    ["an argument in place", (a, node) => Object.assign(node.args, [a, 3]), "argument 2 changed"],
    [
      "one more argument",
      (a, node) => Object.assign(node, { args: [a, 2, 3] }),
      "the number of arguments changed",
    ],
    ["the function", (_, node) => Object.assign(node, { fn: () => 1 }), "the function changed"],
    ["an argument upstream", (a) => Object.assign(a, { args: [7] }), 'its dependency "f" changed'],
    [
      "another dependency",
      (_, node) => Object.assign(node, { args: [op(f, 1), 2] }),
      'its dependency "f" changed',
    ],
  ])("changes with %s", (_, change, reason) => {
    const versions = new Versions();
    const a = op(f, 1);
    const node = op(f, a, 2);
    const before = versionOf(versions, node);
    expect(versions.changeOf(node)).toBe("never computed before");
    change(a, node);
    expect(versionOf(versions, node)).not.toBe(before);
    expect(versions.changeOf(node)).toBe(reason);
  });

  it("is kept for nodes of all types", () => {
    class Sum extends DispatchNode<number> {
      readonly terms: readonly DispatchNode<number>[];
      scale: number;
      constructor(terms: readonly DispatchNode<number>[], scale: number) {
        super();
        this.terms = terms;
        this.scale = scale;
      }
      override dependencies(): readonly DispatchNode<number>[] {
        return [...this.terms];
      }
    }
    const versions = new Versions();
    const key = { any: 1 };
    const data = new DataNode(new Map([[key, 1]]));
    const sum = new Sum([data.get(key) as DispatchNode<number>], 2);
    const before = versionOf(versions, sum);
    expect(versionOf(versions, sum)).toBe(before);
    sum.scale = 3;
    expect(versionOf(versions, sum)).not.toBe(before);
    expect(versions.changeOf(sum)).toBe("its field scale changed");
  });

  it("is none where a value was given", () => {
    const versions = new Versions();
    const a = op(f, 1);
    const node = op(f, op(f, a));
    const before = versionOf(versions, node);
    expect(versionOf(versions, node, new Map([[a, 1]]))).toBe(GIVEN);
    expect(versionOf(versions, node)).toBe(before);
  });

  it("changes with the file that a node stands for", () => {
    class File extends DispatchNode<string> {
      version = "1";
      fileIdentity(): { path: string; version: string } {
        return { path: "data.csv", version: String(time) };
      }
    }
    let time = 1;
    const versions = new Versions();
    const file = new File();
    const node = op(f, file);
    const before = versionOf(versions, node);
    expect(versionOf(versions, node)).toBe(before);
    time = 2;
    expect(versionOf(versions, node)).not.toBe(before);
    expect(versions.changeOf(file)).toBe("file data.csv changed");
  });
});
