import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { ROOT } from "../support/source-files.ts";
import { caseFiles, loadCase } from "./case-files.ts";
import { CaseRunner } from "./case-runner.ts";

const files = caseFiles(join(import.meta.dirname, "cases"));
const runner = new CaseRunner(
  Library,
  join(import.meta.dirname, "peer.mjs"),
  join(ROOT, "dist/closure/library.js"),
);

afterAll(() => runner.stop());

describe("a function sent elsewhere", () => {
  it("is one of many shapes", () => {
    expect(files.size).toBeGreaterThan(140);
  });

  it.each([...files])("%s", async (_, file) => {
    expect(await runner.failuresOf(await loadCase(file))).toEqual([]);
  });
});
