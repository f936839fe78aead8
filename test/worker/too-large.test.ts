import { expect, it } from "vitest";
import { tooLarge } from "../../src/worker/too-large.ts";

it("says whose value is too large, how large it is, and what may be", () => {
  const error = tooLarge('the result of "load"', 3_000_000_000);
  expect(error.path).toEqual(['the result of "load"']);
  expect(error.message).toMatch(/"load"[\s\S]*3000000000 bytes[\s\S]*214\d{7} bytes at most[\s\S]*threads/);
});
