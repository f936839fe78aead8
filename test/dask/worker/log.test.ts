import { afterEach, expect, it, vi } from "vitest";
import { Log } from "../../../src/dask/worker/log.ts";

afterEach(() => vi.restoreAllMocks());

function written(): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  return lines;
}

it("writes a line per event", () => {
  const lines = written();
  const log = new Log("worker a", false);
  log.info("joined");
  log.warn("paused");
  expect(lines).toEqual(["worker a: joined\n", "worker a: paused\n"]);
});

it("writes only warnings if it is to be quiet, and keeps all", () => {
  const lines = written();
  const log = new Log("w", true);
  log.info("joined");
  log.warn("paused");
  expect(lines).toEqual(["w: paused\n"]);
  expect(log.latest().map(({ level, line }) => [level, line])).toEqual([
    ["WARNING", "paused"],
    ["INFO", "joined"],
  ]);
  expect(log.latest(1)).toHaveLength(1);
});

it("keeps no more than it should", () => {
  written();
  const log = new Log("w", true);
  for (let i = 0; i < 3000; i++) log.info(`${i}`);
  expect(log.latest(5000)).toHaveLength(1000);
  expect(log.latest()[0]!.line).toBe("2999");
});
