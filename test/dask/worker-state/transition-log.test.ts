import { expect, test } from "vitest";
import { TransitionLog } from "../../../src/dask/worker-state/transition-log.ts";

test("tells what a key went through, and forgets what is long ago", () => {
  const log = new TransitionLog();
  log.record({ key: "x", from: "released", to: "waiting", stimulusId: "a" });
  log.record({ key: "y", from: "released", to: "fetch", stimulusId: "b" });
  log.record({ key: "x", from: "waiting", to: "ready", stimulusId: "c" });
  expect(log.story("x")).toEqual(["released → waiting (a)", "waiting → ready (c)"]);
  for (let i = 0; i < 4094; i++) log.record({ key: "z", from: "a", to: "b", stimulusId: "" });
  expect(log.story("x")).toEqual(["waiting → ready (c)"]);
  log.record({ key: "x", from: "ready", to: "executing", stimulusId: "d" });
  expect(log.story("x")).toEqual(["waiting → ready (c)", "ready → executing (d)"]);
});
