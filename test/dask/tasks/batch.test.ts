import { describe, expect, it } from "vitest";
import { BatchReader, BatchWriter, wallClock } from "../../../src/dask/tasks/batch.ts";

describe("a batch", () => {
  it("gives back what was put, in its order", () => {
    const writer = new BatchWriter();
    for (let i = 0; i < 3000; i++) {
      writer.number(i);
      writer.bytes(Uint8Array.of(i));
      writer.text(`t${i}`);
      writer.value({ i });
    }
    const reader = new BatchReader(structuredClone(writer.taken()));
    for (let i = 0; i < 3000; i++) {
      const bytes = i % 2 === 0 ? reader.bytes(1) : reader.copy(1);
      expect([reader.number(), bytes[0], reader.text(), reader.value()]).toEqual([
        i,
        i % 256,
        `t${i}`,
        { i },
      ]);
      if (i % 2 === 1) expect(bytes.buffer.byteLength).toBe(1);
    }
    expect([reader.isAtEnd, writer.isEmpty]).toEqual([true, true]);
    expect(writer.taken()).toEqual({
      rows: new Float64Array(),
      bytes: new Uint8Array(),
      texts: [],
      values: [],
    });
  });
});

describe("the clock", () => {
  it("tells seconds since 1970, and does not go back", () => {
    const first = wallClock();
    expect(wallClock()).toBeGreaterThanOrEqual(first);
    expect(Math.abs(first - Date.now() / 1000)).toBeLessThan(60);
  });
});
