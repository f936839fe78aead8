import { describe, expect, it } from "vitest";
import { SELECTION, TOOLCHAINS } from "./toolchains.ts";

const major = Number.parseInt(process.versions.node, 10);

describe("functions are sent as they are", () => {
  it.each(TOOLCHAINS.filter(({ since }) => major >= since))(
    "by a program of $name",
    async (toolchain) => {
      const report = await toolchain.run(process.execPath, SELECTION);
      expect(Object.keys(report)).toEqual(SELECTION);
      expect(Object.entries(report).filter(([, failures]) => failures.length > 0)).toEqual([]);
    },
    120_000,
  );
});
