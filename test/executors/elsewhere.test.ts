import { expect, it } from "vitest";
import { ELSEWHERE, isElsewhere } from "../../src/executors/elsewhere.ts";

it("a value of a user's own is never taken for a result that is elsewhere", () => {
  const fetch = async (): Promise<unknown> => 1;
  const alike = { fetch, bytesOf: () => 1, release: () => {} };
  for (const value of [
    alike,
    { elsewhere: true },
    undefined,
    null,
    "elsewhere",
    () => {},
    Symbol("elsewhere"),
  ]) {
    expect(isElsewhere(value)).toBe(false);
  }
  expect(isElsewhere({ ...alike, [ELSEWHERE]: true })).toBe(true);
});
