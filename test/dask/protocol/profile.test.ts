import { describe, expect, it } from "vitest";
import { profileOf } from "../../../src/dask/protocol/profile.ts";
import { DaskVersionError } from "../../../src/errors.ts";

describe("profileOf", () => {
  it.each([
    ["2024.12.1", "frames", false, false, false],
    ["2025.1.0", "frames", false, false, false],
    ["2025.2.0", "frames", true, false, false],
    ["2025.3.1", "frames", true, true, false],
    ["2025.4.0", "expression", true, true, true],
    ["2026.8.0", "expression", true, true, true],
    ["2026.12.1rc1+4.gabc", "expression", true, true, true],
    ["2031.1.0", "expression", true, true, true],
  ])("knows %s", (release, graph, longRunningRunId, cancelReason, identityCount) => {
    expect(profileOf(release)).toEqual({ release, graph, longRunningRunId, cancelReason, identityCount });
  });

  it.each(["2024.12.0", "2024.9.1", "2022.12.1", "0+unknown", "", "2024"])("refuses %s", (release) => {
    expect(() => profileOf(release)).toThrow(DaskVersionError);
    expect(() => profileOf(release)).toThrow(/2024\.12\.1 and newer/);
  });
});
