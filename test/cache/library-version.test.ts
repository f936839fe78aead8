import { expect, it } from "vitest";
import { libraryVersion } from "../../src/cache/library-version.ts";

it("says which version of the library this is", () => {
  expect(libraryVersion()).toMatch(/^dispatch-graph@\d+\.\d+\.\d+/);
});
