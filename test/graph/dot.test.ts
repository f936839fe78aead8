import { instance, type Viz } from "@viz-js/viz";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { CollectNode, DataNode, DispatchGraph, type DispatchNode, op } from "../../src/index.ts";

let viz: Viz;
beforeAll(async () => {
  viz = await instance();
});

const leaf = (label: string): DispatchNode<number> => op(() => 1).with({ label });
const add = (a: number, b: number): number => a + b;

/** The lines of text that Graphviz draws; it throws when it cannot read the graph. */
function drawnText(graph: DispatchGraph): string[] {
  const svg = viz.renderString(graph.toDot(), { format: "svg" });
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  const character = (name: string): string =>
    name.startsWith("#") ? String.fromCodePoint(Number(name.slice(1))) : entities[name]!;
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) =>
    // Of several spaces in a row Graphviz makes such that do not collapse.
    text!.replaceAll(/&(#?\w+);/g, (_, name: string) => character(name)).replaceAll("\u00a0", " "),
  );
}

const linesOf = (label: string): string[] => label.split(/\r\n|\r|\n/).filter((line) => line !== "");

describe("toDot", () => {
  it("has one line for each node and edge, from dependency to dependent", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const dot = DispatchGraph.from(op(add, a, b)).toDot();
    expect(dot.split("\n").slice(2)).toEqual([
      '  n1 [label="add"];',
      '  n2 [label="a"];',
      '  n3 [label="b"];',
      "  n2 -> n1;",
      "  n3 -> n1;",
      "}",
      "",
    ]);
  });

  it("draws an edge once, however often an argument repeats", () => {
    const a = leaf("a");
    expect(
      DispatchGraph.from(op(add, a, a))
        .toDot()
        .match(/->/g),
    ).toHaveLength(1);
  });

  it("dashes the edges that only order", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const graph = DispatchGraph.from(op(add, a, 1)).add(b);
    graph.addEdge(b, a);
    expect(graph.toDot()).toContain("  n2 -> n1;\n");
    expect(graph.toDot()).toContain("  n3 -> n2 [style=dashed];\n");
    expect(viz.renderString(graph.toDot(), { format: "svg" }).match(/stroke-dasharray/g)).toHaveLength(1);
  });

  it("gives the node types different shapes", () => {
    const pair = op(() => [1, 2]);
    const graph = DispatchGraph.from(new CollectNode<unknown>([pair, pair.at(0), new DataNode(1)]));
    const shapes = [...graph.toDot().matchAll(/shape=(\w+), style=""/g)].map(([, shape]) => shape);
    expect(new Set(shapes).size).toBe(3);
    expect(drawnText(graph).sort()).toEqual(["3 DispatchNodes", "DataNode", "anonymous", "anonymous[0]"]);
  });

  it("draws loops and cycles", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const graph = new DispatchGraph().add(a).add(b);
    graph.addEdge(a, a);
    graph.addEdge(a, b);
    graph.addEdge(b, a);
    expect(drawnText(graph)).toEqual(["a", "b"]);
  });

  it("draws nothing", () => {
    expect(drawnText(new DispatchGraph())).toEqual([]);
  });
});

describe("a label", () => {
  it.each([
    ['say "hi"'],
    ["C:\\new\\"],
    ["\\N\\G\\l"],
    ["one\ntwo\r\nthree\rfour"],
    ["a -> b; }"],
    ["{a|b}<c>"],
    ["<b>bold</b>"],
    ["<b>"],
    ["/* x */ // y # z"],
    ["&amp; & &lt; &#65;"],
    ["日本語 😀 é"],
    [""],
    [" "],
    ["node"],
  ])("is drawn as it is: %j", (label) => {
    expect(drawnText(DispatchGraph.from(leaf(label)))).toEqual(linesOf(label));
  });

  it("is drawn as it is, whatever it is", () => {
    // Without line ends: Graphviz, as compiled here, crashes on labels whose first line is empty.
    const unit = fc.constantFrom(..."\\\"&<>{}|[]();#%/*'`$-> aNGl;Eß日", "😀", "\\n");
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 25 }), { minLength: 1, maxLength: 3 }), (labels) => {
        const drawn = drawnText(DispatchGraph.from(labels.map(leaf)));
        expect(drawn).toEqual(labels.flatMap(linesOf));
      }),
      { numRuns: 200 },
    );
  });

  it("is cut when it is long, between characters", () => {
    expect(drawnText(DispatchGraph.from(leaf("x".repeat(60))))).toEqual(["x".repeat(60)]);
    expect(drawnText(DispatchGraph.from(leaf("x".repeat(61))))).toEqual([`${"x".repeat(59)}…`]);
    // Half of such a character is no text that Graphviz or a file could take.
    for (const start of ["", "x"]) {
      const [drawn] = drawnText(DispatchGraph.from(leaf(`${start}${"😀".repeat(60)}`)));
      expect(drawn).toMatch(/^x?(😀)+…$/u);
    }
  });

  // Graphviz takes the character 0 for the end of the text; others may not be in an SVG.
  it.each([["a\0b"], ["a\u0007b"], ["\u001b[31mred\u001b[0m"]])("has no control characters: %j", (label) => {
    const graph = DispatchGraph.from(leaf(label));
    expect(() => drawnText(graph)).not.toThrow();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is about
    expect(graph.toDot()).not.toMatch(/[\0-\x08\x0b-\x1f\x7f]/);
  });
});
