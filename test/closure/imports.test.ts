import { readFile } from "node:fs";
import { describe, expect, it } from "vitest";
import { importAll, importedValue, importFrom, metaOf } from "../../src/closure/imports.ts";
import type { ModuleReference } from "../../src/closure/recipe.ts";

const reference = (
  specifier: string,
  name: string,
  rest: Partial<ModuleReference> = {},
): ModuleReference => ({
  specifier,
  name,
  parent: import.meta.url,
  members: [],
  required: false,
  package: undefined,
  attributes: undefined,
  ...rest,
});

describe("imports of a receiver", () => {
  it("need no promise for functions of Node", () => {
    const one = reference("node:fs", "readFile");
    expect(importAll([one])).toBeUndefined();
    expect(importedValue(one)).toBe(readFile);
    expect(importedValue(reference("node:path", "posix", { members: ["sep"] }))).toBe("/");
  });

  it("are made as if the sender's module made them", async () => {
    const one = reference("acorn", "parse");
    await importAll([one]);
    expect(importedValue(one)).toBe((await import("acorn")).parse);
    expect(importAll([one])).toBeUndefined();
  });

  it("are required where they were required", () => {
    expect(importedValue(reference("p-graph", "default", { required: true }))).toHaveProperty("PGraph");
  });

  it("fail with the reason, then and later", async () => {
    const one = reference("not-installed", "x");
    await expect(importAll([one])).rejects.toThrow("not-installed");
    expect(() => importedValue(one)).toThrow("not-installed");
  });

  it("fail for another version of a package", async () => {
    const one = reference("acorn", "parse", { package: "acorn@0.0.1" });
    await expect(importAll([{ ...one, attributes: {} }])).rejects.toThrow(
      /captured with acorn@0\.0\.1.*here is acorn@8/s,
    );
  });

  it("fail for what a module does not export", () => {
    expect(() => importedValue(reference("node:fs", "nothing"))).toThrow("no export nothing");
  });

  it("give this package's own modules", async () => {
    const one = reference("self:errors", "ClosureError");
    await importAll([one]);
    expect(importedValue(one)).toBe((await import("../../src/errors.ts")).ClosureError);
  });

  it("resolve relative to their parent, without a warning", async () => {
    const warnings: unknown[] = [];
    const onWarning = (warning: Error) => warnings.push(warning.message);
    process.on("warning", onWarning);
    const parent = new URL("./cases/new-parent.js", import.meta.url).href;
    const peer = await importFrom(parent)("../../../package.json", { with: { type: "json" } });
    await new Promise(setImmediate);
    process.off("warning", onWarning);
    expect(peer.default).toMatchObject({ name: "dispatch-graph" });
    expect(warnings.filter((message) => String(message).includes("LOADER"))).toEqual([]);
  });
});

describe("a rebuilt import.meta", () => {
  it("has what the original has", () => {
    const meta = metaOf("file:///a/b.js") as ImportMeta;
    expect({ ...meta, resolve: undefined }).toEqual({
      dirname: "/a",
      filename: "/a/b.js",
      url: "file:///a/b.js",
    });
    expect(meta.resolve("./c.js")).toBe("file:///a/c.js");
    expect(meta.resolve("fs")).toBe("node:fs");
    expect((metaOf(import.meta.url) as ImportMeta).resolve("p-graph")).toMatch(/p-graph\/lib\/index\.js$/);
  });
});
