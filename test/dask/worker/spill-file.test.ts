import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { readSpillFile, writeSpillFile } from "../../../src/dask/worker/spill-file.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "spill-file-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const path = (name: string): string => join(directory, name);

function value(...sizes: readonly number[]): Serialized {
  const frames = sizes.map((size, i) => Uint8Array.from({ length: size }, (_, at) => (at * 7 + i) & 255));
  return Serialized.of("anything", frames, [
    ["compression", sizes.map(() => null)],
    ["type-serialized", Uint8Array.of(1, 2, 3)],
  ]);
}

describe("a spilled value", () => {
  it.each([
    ["small", [10]],
    ["empty", [0]],
    ["without frames", []],
    ["large", [3_000_000]],
    ["of several frames", [5, 100_000, 0, 2_000_000, 70]],
  ])("comes back as it was: %s", async (name, sizes) => {
    const written = value(...sizes);
    const bytes = await writeSpillFile(path(name), written);
    expect(readFileSync(path(name)).byteLength).toBe(bytes);
    const read = await readSpillFile(path(name));
    expect(read.frames.map((frame) => Buffer.from(frame).toString("base64"))).toEqual(
      written.frames.map((frame) => Buffer.from(frame).toString("base64")),
    );
    expect(read.header.get("serializer")).toBe("anything");
    expect([...(read.header.get("type-serialized") as Uint8Array)]).toEqual([1, 2, 3]);
  });

  it("comes back in memory that threads share", async () => {
    await writeSpillFile(path("shared"), value(1_000_000));
    const { frames } = await readSpillFile(path("shared"));
    expect(frames[0]!.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("is written from memory that threads share", async () => {
    const frame = new Uint8Array(new SharedArrayBuffer(200_000)).fill(7);
    await writeSpillFile(path("from-shared"), Serialized.of("x", [frame]));
    expect(
      Buffer.from((await readSpillFile(path("from-shared"))).frames[0]!).equals(Buffer.from(frame)),
    ).toBe(true);
  });

  it("is refused where the file is not whole", async () => {
    await writeSpillFile(path("cut"), value(500_000));
    truncateSync(path("cut"), 400_000);
    await expect(readSpillFile(path("cut"))).rejects.toThrow("ends too early");
    truncateSync(path("cut"), 0);
    await expect(readSpillFile(path("cut"))).rejects.toThrow("ends too early");
  });

  it("is refused where the file is something else", async () => {
    writeFileSync(path("other"), Buffer.alloc(1000, 255));
    await expect(readSpillFile(path("other"))).rejects.toThrow();
    await expect(readSpillFile(path("nothing"))).rejects.toThrow("ENOENT");
  });

  it("never replaces a file, and leaves none behind that is not whole", async () => {
    await writeSpillFile(path("there"), value(10));
    await expect(writeSpillFile(path("there"), value(20))).rejects.toThrow("EEXIST");
    await expect(writeSpillFile(join(directory, "no", "where"), value(20))).rejects.toThrow("ENOENT");
    expect(existsSync(join(directory, "no"))).toBe(false);
  });
});
