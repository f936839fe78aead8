import { expect, test } from "vitest";
import { Outbox } from "../../../src/dask/worker-state/outbox.ts";

test("keeps the instructions of each event apart, and says what caused messages", () => {
  const outbox = new Outbox<string>();
  const first = outbox.open("a");
  outbox.push({ op: "drop", key: "x" });
  const second = outbox.open("b");
  outbox.send({ op: "add-keys", keys: ["x"] });
  expect(first).toEqual([{ op: "drop", key: "x" }]);
  expect(second).toEqual([{ op: "send", message: { op: "add-keys", keys: ["x"], stimulus_id: "b" } }]);
  expect(outbox.stimulusId).toBe("b");
});
