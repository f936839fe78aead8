import { describe, expect, it } from "vitest";
import { ClusterResults } from "../../../src/dask/executor/cluster-results.ts";
import { RunListener } from "../../../src/dask/executor/run-listener.ts";
import { NoWorkerError } from "../../../src/errors.ts";

describe("the listener of a run", () => {
  it("tells the run as long as there is one", () => {
    const heard: string[] = [];
    const note = (name: string) => (key: unknown) => heard.push(`${name} ${key}`);
    const listener = new RunListener();
    listener.run = {
      inMemory: note("inMemory"),
      erred: note("erred"),
      cancelled: note("cancelled"),
      noWorkers: note("noWorkers"),
      closed: note("closed"),
    };
    const say = (): void => {
      listener.inMemory("a");
      listener.erred("b", { exception: null, traceback: null });
      listener.cancelled("c", "why not");
      listener.lost();
      listener.retried();
      listener.noWorkers(new NoWorkerError("nobody"));
    };
    say();
    expect(heard).toEqual([
      "inMemory a",
      "erred b",
      "cancelled c",
      expect.stringMatching(/^noWorkers .*nobody/),
    ]);
    listener.run = undefined;
    say();
    expect(heard).toHaveLength(4);
  });

  it("ends the results with the client, also when the run is over", async () => {
    const listener = new RunListener();
    listener.results = new ClusterResults(
      { client: { release: () => {} }, fetch: async () => 1, onEmpty: () => {} },
      listener,
    );
    listener.results.add(0, "key", "label");
    listener.closed(new Error("the scheduler is gone"));
    await expect(listener.results.fetch(0)).rejects.toThrow("the scheduler is gone");
  });
});
