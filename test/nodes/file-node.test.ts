import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DispatchGraph } from "../../src/graph/graph.ts";
import { FileNode } from "../../src/nodes/file-node.ts";

const read = (path: string): string => path;

it("is a call with the path, named after the file", () => {
  const node = new FileNode("read", read, "/data/rows.csv");
  expect(node.toTask()).toMatchObject({ fn: read, args: ["/data/rows.csv"] });
  expect(node.label).toBe("read rows.csv");
  expect(String(node)).toBe('FileNode("/data/rows.csv")');
  expect(node.typeName).toBe("FileNode");
  expect(node.with({ label: "rows" }).label).toBe("rows");
  expect(DispatchGraph.from(node).size).toBe(1);
});

it("tells the state of the file at each moment, and that there is none", () => {
  const directory = mkdtempSync(join(tmpdir(), "file-node-"));
  const path = join(directory, "file");
  const node = new FileNode("read", read, path).with({ retries: 1 });
  expect(() => node.fileIdentity()).toThrow(expect.objectContaining({ code: "ENOENT" }));
  const seen = new Set<string>();
  const look = (): void => {
    const identity = node.fileIdentity();
    expect(identity.path).toBe(path);
    expect(node.fileIdentity()).toEqual(identity);
    expect(seen).not.toContain(identity.version);
    seen.add(identity.version);
  };
  writeFileSync(path, "one");
  utimesSync(path, 1, 1);
  look();
  writeFileSync(path, "four");
  utimesSync(path, 1, 1);
  look();
  utimesSync(path, 1, 2);
  look();
  rmSync(directory, { recursive: true });
});
