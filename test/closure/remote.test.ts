import { describe, expect, it } from "vitest";
import { remote } from "../../src/closure/remote.ts";
import type * as Work from "./modules/work.mjs";
import { moved, thread } from "./travel.ts";

const url = new URL("./modules/work.mjs", import.meta.url);
const work = remote<typeof Work>(url);

describe("remote", () => {
  it("gives functions that import the module when they are called here", async () => {
    expect(await work.double(4)).toBe(8);
    expect(work.double).toBe(work.double);
    expect(work.double.name).toBe("double");
  });

  it("sends nothing but the URL and the name", () => {
    const library = thread();
    const definitions = library.needed([library.capture(work.double).id], new Set());
    expect(definitions.map(({ recipe }) => recipe)).toEqual([
      {
        kind: "value",
        root: { at: 0 },
        nodes: [
          { kind: "module", reference: expect.objectContaining({ specifier: url.href, name: "double" }) },
        ],
      },
    ]);
  });

  it("is the module's own function elsewhere, also inside of another", async () => {
    expect(await (await moved(work.double))(4)).toBe(8);
    expect(await (await moved(async () => (await work.double(4)) + 1))()).toBe(9);
  });

  it("is no promise", async () => {
    expect(await Promise.resolve(work)).toBe(work);
  });

  it("says what is wrong", async () => {
    expect(() => remote("./work.ts")).toThrow("not an absolute URL");
    await expect(remote<{ nothing(): void }>(url).nothing()).rejects.toThrow(
      /work\.mjs exports no function nothing/,
    );
  });
});
