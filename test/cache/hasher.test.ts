import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Hasher, keyOf } from "../../src/cache/hasher.ts";

describe("Hasher", () => {
  it("is SHA-256 of marks, sizes and contents", () => {
    const size = Buffer.alloc(8);
    size.writeDoubleLE(2);
    const expected = createHash("sha256").update("s").update(size).update("ab", "utf16le").update("t");
    expect(new Hasher().add("ab").add(true).digest()).toBe(expected.digest("hex"));
  });

  it("tells rows apart that read the same", () => {
    expect(keyOf("ab", "c")).not.toBe(keyOf("a", "bc"));
    expect(keyOf("a")).not.toBe(keyOf("a", ""));
    expect(new Hasher().bytes(Buffer.from("a")).digest()).not.toBe(new Hasher().add("a").digest());
  });

  it("does not mix what is added to several at once", () => {
    const [one, other] = [new Hasher(), new Hasher()];
    one.add("a");
    other.add("b");
    expect(one.add("c").digest()).toBe(keyOf("a", "c"));
    const third = new Hasher().add("x");
    other.add("d");
    expect([third.digest(), other.digest()]).toEqual([keyOf("x"), keyOf("b", "d")]);
  });

  it.each([8_000, 8_191, 8_192, 8_193, 16_384, 50_000])("takes texts of %i characters", (length) => {
    const text = "x".repeat(length);
    expect(keyOf(text)).toBe(keyOf(text));
    expect(keyOf(text)).not.toBe(keyOf(`${text.slice(1)}y`));
    expect(keyOf(text, "a")).not.toBe(keyOf(text, "b"));
  });
});
