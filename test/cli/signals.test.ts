import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { closeOnSignals } from "../../src/cli/signals.ts";

describe("signals to end", () => {
  const written: string[] = [];
  beforeEach(() => {
    written.length = 0;
    vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  });
  afterEach(() => void vi.restoreAllMocks());

  it("close at first, and then kill, each once", () => {
    const calls: string[] = [];
    const before = process.listenerCount("SIGINT");
    {
      using signals = closeOnSignals(
        async () => void calls.push("close"),
        async () => void calls.push("kill"),
      );
      expect(signals.received).toBe(0);
      process.emit("SIGTERM", "SIGTERM");
      expect([signals.received, calls]).toEqual([1, ["close"]]);
      process.emit("SIGINT", "SIGINT");
      process.emit("SIGINT", "SIGINT");
      expect([signals.received, calls]).toEqual([3, ["close", "kill"]]);
      expect(written).toEqual(["dispatch-graph: SIGTERM: closing (once more to end at once)\n"]);
    }
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});
