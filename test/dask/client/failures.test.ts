import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { clusterFailure, failureOf } from "../../../src/dask/client/failures.ts";
import { writeFailure } from "../../../src/dask/protocol/exceptions.ts";
import { failureBytes } from "../../../src/dask/tasks/failure.ts";
import { RemoteError, WorkerLostError } from "../../../src/errors.ts";

const library = new Library("test");
const labelOf = (key: string): string | undefined => (key === "key-1" ? "the task" : undefined);
const python = { opaque: undefined, traceback: "", cause: undefined };

describe("a failure of the cluster", () => {
  it("is the user's own error, with where it happened", async () => {
    const thrown = Object.assign(new RangeError("no good"), { extra: 5 });
    const task = { key: "key-1", label: "the task", node: 1, worker: "worker-1", attempt: "attempt-1" };
    const { exception, traceback } = writeFailure(thrown, failureBytes(thrown, task, library));
    const failure = await clusterFailure({ exception, traceback }, "key-2", new Library("other"), labelOf);
    expect(failure).toMatchObject({
      attempt: "attempt-1",
      key: "key-1",
      worker: "worker-1",
      canBeRetried: true,
    });
    expect(failure.error).toBeInstanceOf(RangeError);
    expect(failure.error).toMatchObject({ message: "no good", extra: 5 });
  });

  it("may be that workers were lost again and again", async () => {
    const killed = { ...python, className: "distributed.scheduler.KilledWorker", message: "" };
    const failure = await failureOf({ ...killed, args: ["key-1", "worker", 3] }, "key-2", library, labelOf);
    expect(failure).toMatchObject({ attempt: "killed key-1", key: "key-1", canBeRetried: false });
    expect(failure.error).toBeInstanceOf(WorkerLostError);
    expect(failure.error.message).toBe('"the task" was given up, because each worker that ran it was lost');
    const other = await failureOf({ ...killed, args: [] }, "key-2", library, labelOf);
    expect(other.error.message).toContain('"key-2" was given up');
  });

  it("may be anything else that Python says", async () => {
    const read = { ...python, className: "builtins.MemoryError", message: "too much", args: [] };
    const failure = await failureOf(read, "key-1", library, labelOf);
    expect(failure).toMatchObject({ key: undefined, worker: undefined, canBeRetried: false });
    expect(failure.error).toBeInstanceOf(RemoteError);
    expect(failure.error.message).toBe("the task failed: builtins.MemoryError: too much");
  });

  it("never throws for what cannot be read", async () => {
    const failure = await clusterFailure({ exception: 5, traceback: "x" }, "key-1", library, labelOf);
    expect(failure.error).toBeInstanceOf(RemoteError);
  });
});
