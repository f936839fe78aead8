import { expect, it } from "vitest";
import { DispatcherError } from "../../src/errors.ts";
import { WorkerStartError } from "../../src/spawn/worker-start-error.ts";

it("is an error of the library with a code of its own", () => {
  const error = new WorkerStartError("why");
  expect(error).toBeInstanceOf(DispatcherError);
  expect([error.name, error.code]).toEqual(["WorkerStartError", "ERR_WORKER_START"]);
});
