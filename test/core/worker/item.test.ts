import { expect, test } from "vitest";
import * as states from "../../../src/core/worker/item.ts";

test("each state has its name", () => {
  const { ITEM_STATE_NAMES, WAITING, READY, EXECUTING, FLYING, HERE, GONE } = states;
  expect([WAITING, READY, EXECUTING, FLYING, HERE, GONE].map((state) => ITEM_STATE_NAMES[state])).toEqual([
    "waiting",
    "ready",
    "executing",
    "flying",
    "here",
    "gone",
  ]);
});
