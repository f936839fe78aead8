import { DispatchNode, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { fileIdentityOf } from "../../src/cache/file-identity.ts";
import { Uncacheable } from "../../src/cache/recipe-key.ts";

class File extends DispatchNode<string> {
  fileIdentity(): { path: string; version: string } {
    return { path: "a", version: "1" };
  }
}

class Missing extends DispatchNode<string> {
  fileIdentity(): never {
    throw new Error("no such file");
  }
}

describe("fileIdentityOf", () => {
  it("asks nodes that stand for files, and no others", () => {
    expect(fileIdentityOf(new File())).toEqual({ path: "a", version: "1" });
    expect(fileIdentityOf(op(() => 1))).toBeUndefined();
  });

  it("says that there is no such file", () => {
    expect(() => fileIdentityOf(new Missing())).toThrow(new Uncacheable("no such file"));
  });
});
