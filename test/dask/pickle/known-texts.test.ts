import { describe, expect, it } from "vitest";
import { knownText } from "../../../src/dask/pickle/known-texts.ts";

const read = (text: string): string | undefined => {
  const bytes = new Uint8Array(Buffer.from(`x${text}y`));
  return knownText(bytes, 1, bytes.byteLength - 2);
};

describe("knownText", () => {
  it("gives texts, also those that share a place in the table", () => {
    const texts = Array.from({ length: 2000 }, (_, index) => `name-${index}`);
    for (const text of [...texts, ...texts]) expect(read(text)).toBe(text);
    expect(read("")).toBe("");
  });

  it("leaves what is not ASCII to others, and does not take it for something known", () => {
    expect(read("é")).toBeUndefined();
    expect(read("Ã©")).toBeUndefined();
    expect(read("aé")).toBeUndefined();
    expect(read("a")).toBe("a");
  });
});
