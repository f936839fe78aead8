import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CollectNode, DataNode, DispatchGraph, type DispatchNode, op } from "../../src/index.ts";

const leaf = (label: string): DispatchNode<number> => op(() => 1).with({ label });
const add = (a: number, b: number): number => a + b;

// Inside the quotes: anything but what Mermaid reads as its own language, as Markdown or as HTML.
// Without any text, or with a directive anywhere, the whole drawing is a syntax error.
const NODE = /^ {2}n(\d+)(\[\(?|\(\[|\[\/)"((?:(?!%%\{)[^"#<>&`*_\\\r\n]|#\d+;|<br\/>)+)"(\)?\]|\]\)|\\\])$/;

/** The label as Mermaid reads it. */
function readLabel(line: string): string {
  const text = NODE.exec(line)?.[3];
  if (text === undefined) throw new Error(`not the line of a node: ${line}`);
  return text
    .replaceAll("<br/>", "\n")
    .replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

const labelsIn = (graph: DispatchGraph): string[] => {
  const lines = graph.toMermaid().split("\n");
  return lines.slice(1, graph.size + 1).map(readLabel);
};

describe("toMermaid", () => {
  it("has one line for each node and edge, from dependency to dependent", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    expect(DispatchGraph.from(op(add, a, b)).toMermaid()).toBe(
      ["flowchart TD", '  n1["add"]', '  n2["a"]', '  n3["b"]', "  n2 --> n1", "  n3 --> n1", ""].join("\n"),
    );
  });

  it("dots the edges that only order", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const graph = DispatchGraph.from(op(add, a, 1)).add(b);
    graph.addEdge(b, a);
    expect(graph.toMermaid()).toContain("  n2 --> n1\n");
    expect(graph.toMermaid()).toContain("  n3 -.-> n2\n");
  });

  it("gives the node types different shapes", () => {
    const pair = op(() => [1, 2]);
    const lines = DispatchGraph.from(new CollectNode<unknown>([pair, pair.at(0), new DataNode(1)]))
      .toMermaid()
      .split("\n");
    expect(lines.slice(1, 5)).toEqual([
      '  n1[/"3 DispatchNodes"\\]',
      '  n2["anonymous"]',
      '  n3(["anonymous[0]"])',
      '  n4[("DataNode")]',
    ]);
  });

  it("draws nothing", () => {
    expect(new DispatchGraph().toMermaid()).toBe("flowchart TD\n");
  });
});

describe("a label", () => {
  it.each([
    ['say "hi"'],
    ["a#quot;b #35;"],
    ["C:\\new"],
    ["<script>alert(1)</script>"],
    ["a & b &amp; c"],
    ["`code` **bold** _thin_"],
    ["a --> b; end"],
    ["[x] (y) {z} |w|"],
    ["%% comment"],
    ["%%{init: {}}%%"],
    ["日本語 😀"],
    ["one\ntwo"],
  ])("is read as it is: %j", (label) => {
    expect(labelsIn(DispatchGraph.from(leaf(label)))).toEqual([label]);
  });

  it("takes all kinds of line ends for one", () => {
    expect(labelsIn(DispatchGraph.from(leaf("one\r\ntwo\rthree")))).toEqual(["one\ntwo\nthree"]);
  });

  it("may be empty", () => {
    expect(labelsIn(DispatchGraph.from(leaf("")))[0]?.trim()).toBe("");
  });

  it("is read as it is, whatever it is", () => {
    const unit = fc.constantFrom(..."\\\"&<>{}|[]();#/*'`_$->~@ aZ0ß日", "#35;", "😀", "end");
    fc.assert(
      fc.property(fc.array(fc.string({ unit, minLength: 1, maxLength: 15 }), { minLength: 1 }), (labels) => {
        expect(labelsIn(DispatchGraph.from(labels.map(leaf)))).toEqual(labels);
      }),
      { numRuns: 300 },
    );
  });

  it("is cut when it is long, between characters", () => {
    const [drawn] = labelsIn(DispatchGraph.from(leaf("😀".repeat(60))));
    expect(drawn).toMatch(/^(😀)+…$/u);
    expect(drawn!.length).toBeLessThanOrEqual(60);
  });
});
