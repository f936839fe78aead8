import { expect, test } from "vitest";
import { TransitionLog } from "../../src/core/log.ts";

test("remembers the latest transitions and tells the story of a task", () => {
  const log = new TransitionLog(["out", "in"]);
  for (let i = 0; i < 5000; i++) log.record(i, 0, 1, -1);
  log.record(4999, 1, 0, -1);
  expect(log.story(4999)).toEqual(["out → in", "in → out"]);
  expect(log.story(1)).toEqual([]);
});

test("tells an observer of each", () => {
  const log = new TransitionLog(["out", "in"]);
  const seen: number[][] = [];
  log.observer = (...transition) => seen.push(transition);
  log.record(3, 0, 1, 7);
  expect(seen).toEqual([[3, 0, 1, 7]]);
});
