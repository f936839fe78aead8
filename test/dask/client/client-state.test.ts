import { describe, expect, it } from "vitest";
import { ClientState } from "../../../src/dask/client/client-state.ts";
import type { KeyListener } from "../../../src/dask/client/key-listener.ts";
import { NoWorkerError, SchedulerLostError } from "../../../src/errors.ts";

const FAILURE = { exception: "exception", traceback: null };

function listener(): { readonly heard: string[]; readonly listener: KeyListener } {
  const heard: string[] = [];
  const hears =
    (name: string) =>
    (key: string): void =>
      void heard.push(`${name} ${key}`);
  return {
    heard,
    listener: {
      inMemory: hears("inMemory"),
      lost: hears("lost"),
      erred: hears("erred"),
      retried: hears("retried"),
      cancelled: (key, reason) => heard.push(`cancelled ${key}: ${reason}`),
      noWorkers: (error) => heard.push(error.code),
      closed: (reason) => heard.push(reason.message),
    },
  };
}

describe("the state of keys", () => {
  it("follows them from pending to finished, and back", () => {
    const state = new ClientState();
    const { heard, listener: me } = listener();
    expect(state.desire(["a", "b"], me)).toEqual(["a", "b"]);
    expect(state.pending).toBe(2);
    state.inMemory("a");
    state.inMemory("a");
    expect(state.state("a")).toEqual({ name: "finished" });
    state.lost("a");
    state.lost("a");
    expect(state.state("a")).toEqual({ name: "pending" });
    state.inMemory("a");
    expect(heard).toEqual(["inMemory a", "lost a", "inMemory a"]);
    expect(state.pending).toBe(1);
  });

  it("knows failures, also of what was there, and new attempts", () => {
    const state = new ClientState();
    const { heard, listener: me } = listener();
    state.desire(["a"], me);
    state.retried("a");
    state.inMemory("a");
    state.erred("a", FAILURE);
    state.erred("a", FAILURE);
    expect(state.state("a")).toEqual({ name: "erred", failure: FAILURE });
    state.lost("a");
    state.retried("a");
    state.inMemory("a");
    expect(heard).toEqual(["inMemory a", "erred a", "retried a", "inMemory a"]);
  });

  it("tells everybody who wants a key, each once", () => {
    const state = new ClientState();
    const [one, two] = [listener(), listener()];
    expect(state.desire(["a", "a"], one.listener)).toEqual(["a"]);
    expect(state.desire(["a"], two.listener)).toEqual([]);
    state.inMemory("a");
    expect([one.heard, two.heard]).toEqual([["inMemory a"], ["inMemory a"]]);
  });

  it("tells of what is known already at once", () => {
    const state = new ClientState();
    const [one, two] = [listener(), listener()];
    state.desire(["a", "b", "c"], one.listener);
    state.inMemory("a");
    state.erred("b", FAILURE);
    expect(state.desire(["a", "b", "c", "d"], two.listener)).toEqual(["d"]);
    expect(two.heard).toEqual(["inMemory a", "erred b"]);
  });

  it("lets go of a key when nobody wants it any more, as often as they did", () => {
    const state = new ClientState();
    const [one, two] = [listener(), listener()];
    state.desire(["a", "a", "b"], one.listener);
    state.desire(["a"], two.listener);
    expect(state.release(["a", "b", "nothing"], one.listener)).toEqual(["b"]);
    expect(state.release(["b"], one.listener)).toEqual([]);
    expect(state.release(["a"], two.listener)).toEqual([]);
    expect(state.release(["a"], two.listener)).toEqual([]);
    expect(state.state("a")).toEqual({ name: "pending" });
    expect(state.release(["a"], one.listener)).toEqual(["a"]);
    expect(state.state("a")).toBeUndefined();
    expect(state.pending).toBe(0);
    state.inMemory("a");
    expect(one.heard).toEqual([]);
  });

  it("cancels once, and not for those who want it anew", () => {
    const state = new ClientState();
    const [one, two] = [listener(), listener()];
    state.desire(["a"], one.listener);
    state.cancelled(["a", "nothing"], "gone");
    state.cancelled(["a"], "gone again");
    state.inMemory("a");
    expect(state.state("a")).toEqual({ name: "cancelled", reason: "gone" });
    expect(state.desire(["a"], two.listener)).toEqual(["a"]);
    state.inMemory("a");
    expect(one.heard).toEqual(["cancelled a: gone"]);
    expect(two.heard).toEqual(["inMemory a"]);
    expect(state.release(["a"], one.listener)).toEqual([]);
    expect(state.release(["a"], two.listener)).toEqual(["a"]);
  });

  it("need not tell the scheduler of what it has cancelled", () => {
    const state = new ClientState();
    const { listener: me } = listener();
    state.desire(["a", "b"], me);
    state.cancelled(["a"], "gone");
    expect(state.release(["a", "b"], me)).toEqual(["b"]);
  });

  it("forgets everything when the scheduler is restarted", () => {
    const state = new ClientState();
    const { heard, listener: me } = listener();
    state.desire(["a", "b"], me);
    state.inMemory("b");
    state.restarted();
    expect(heard.slice(1)).toEqual(["a", "b"].map((key) => `cancelled ${key}: the scheduler was restarted`));
    expect(state.pending).toBe(0);
  });

  it("tells those who wait that there is no worker, and everybody that it is over", () => {
    const state = new ClientState();
    const [one, two] = [listener(), listener()];
    state.desire(["a", "b"], one.listener);
    state.desire(["c"], two.listener);
    state.inMemory("c");
    state.noWorkers(new NoWorkerError("nobody"));
    expect(one.heard).toEqual(["ERR_NO_WORKER"]);
    state.closed(new SchedulerLostError("gone"));
    expect(one.heard.slice(1)).toEqual(["gone"]);
    expect(two.heard.slice(1)).toEqual(["gone"]);
    expect([...state.keys]).toEqual([]);
  });

  it("can be used by those who are told", () => {
    const state = new ClientState();
    const { heard, listener: me } = listener();
    const other: KeyListener = { ...me, inMemory: (key) => void state.release([key], other) };
    state.desire(["a"], other);
    state.desire(["a"], me);
    state.inMemory("a");
    expect(heard).toEqual(["inMemory a"]);
    expect(state.release(["a"], me)).toEqual(["a"]);
  });

  it("says each change, the count of the pending ones included", () => {
    const changes: unknown[] = [];
    const state: ClientState = new ClientState((key, now) => changes.push([key, now?.name, state.pending]));
    const { listener: me } = listener();
    state.desire(["a"], me);
    state.inMemory("a");
    state.lost("a");
    state.cancelled(["a"], "gone");
    state.release(["a"], me);
    expect(changes).toEqual([
      ["a", "finished", 0],
      ["a", "pending", 1],
      ["a", "cancelled", 0],
      ["a", undefined, 0],
    ]);
  });
});
