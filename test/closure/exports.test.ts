import { EventEmitter } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { exportsOf, knownReference, referenceTo } from "../../src/closure/exports.ts";

const url = (path: string): string => new URL(`../../node_modules/${path}`, import.meta.url).href;

describe("what exports a function", () => {
  it("is a module of Node", () => {
    expect(referenceTo(join, "node:path")).toMatchObject({ specifier: "node:path", name: "join" });
    expect(referenceTo(readFile, "node:internal/fs/promises")).toMatchObject({
      specifier: "node:fs/promises",
      name: "readFile",
    });
    expect(referenceTo(EventEmitter as never, "node:events")).toMatchObject({ specifier: "node:events" });
    expect(knownReference(join)).toBeDefined();
  });

  it("is nothing, if the function was made inside Node", () => {
    expect(
      referenceTo(
        promisify(function callback() {}),
        "node:internal/util",
      ),
    ).toBeUndefined();
  });

  it("is a file of a package", () => {
    const { PGraph } = createRequire(import.meta.url)("p-graph") as { PGraph: never };
    expect(referenceTo(PGraph, url("p-graph/lib/PGraph.js"))).toMatchObject({
      specifier: url("p-graph/lib/PGraph.js"),
      name: "default",
      members: ["PGraph"],
      package: expect.stringMatching(/^p-graph@/),
    });
    expect(referenceTo(() => 1, url("p-graph/lib/PGraph.js"))).toBeUndefined();
  });

  it("is not looked for in files of the user", () => {
    expect(referenceTo(() => 1, import.meta.url)).toBeUndefined();
  });

  it("is what a module has required", () => {
    const required: unknown = createRequire(import.meta.url)("p-graph");
    expect(exportsOf("p-graph", import.meta.url)).toBe(required);
    expect(exportsOf("node:path", import.meta.url)).toHaveProperty("join", join);
    expect(exportsOf("./nowhere.cjs", import.meta.url)).toBeUndefined();
  });
});
