import { describe, expect, it } from "vitest";
import type { KeyState } from "../../../src/dask/client/key-listener.ts";
import { Waits } from "../../../src/dask/client/waits.ts";
import { CancelledError, ReleasedError } from "../../../src/errors.ts";

const PENDING: KeyState = { name: "pending" };
const FINISHED: KeyState = { name: "finished" };
const ERRED: KeyState = { name: "erred", failure: { exception: null, traceback: null } };
const CANCELLED: KeyState = { name: "cancelled", reason: "no reason" };

class Keys {
  readonly states = new Map<string, KeyState>();
  readonly waits = new Waits(
    (key) => this.states.get(key),
    async (_, key) => new RangeError(`the error of ${key}`),
  );

  set(key: string, state: KeyState | undefined): void {
    if (state === undefined) this.states.delete(key);
    else this.states.set(key, state);
    this.waits.changed(key, state);
  }
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
}

describe("a wait", () => {
  it("ends when all keys are finished at the same time", async () => {
    const keys = new Keys();
    for (const key of ["a", "b"]) keys.set(key, PENDING);
    const waiting = keys.waits.wait(["a", "b", "a"]);
    keys.set("a", FINISHED);
    keys.set("a", PENDING);
    keys.set("b", FINISHED);
    expect(await isSettled(waiting)).toBe(false);
    keys.set("a", FINISHED);
    await waiting;
    await keys.waits.wait(["a", "b"]);
    await keys.waits.wait([]);
  });

  it.each([
    [ERRED, RangeError, "the error of b"],
    [CANCELLED, CancelledError, '"b" was cancelled: no reason'],
    [
      undefined,
      ReleasedError,
      '"b" is not wanted by this client: it was never submitted, or has been released',
    ],
  ] as const)("fails with what becomes of a key: %j", async (state, type, message) => {
    const keys = new Keys();
    for (const key of ["a", "b"]) keys.set(key, PENDING);
    const waiting = keys.waits.wait(["a", "b"]);
    keys.set("b", state);
    await expect(waiting).rejects.toThrow(message);
    await expect(waiting).rejects.toBeInstanceOf(type);
    await expect(keys.waits.wait(["b"])).rejects.toThrow(message);
  });

  it("ends with its signal, and when there is nothing to wait for any more", async () => {
    const keys = new Keys();
    keys.set("a", PENDING);
    const controller = new AbortController();
    const aborted = keys.waits.wait(["a"], controller.signal);
    const waiting = keys.waits.wait(["a"]);
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    keys.waits.fail(new Error("it is over"));
    await expect(waiting).rejects.toThrow("it is over");
    await expect(keys.waits.wait(["a"], controller.signal)).rejects.toThrow("enough");
  });

  it("can be given up for one key, and says what is waited for", async () => {
    const keys = new Keys();
    for (const key of ["a", "b", "c"]) keys.set(key, PENDING);
    const [first, second] = [keys.waits.wait(["a", "b"]), keys.waits.wait(["b"])];
    expect(keys.waits.awaited(5)).toEqual(["a", "b"]);
    expect(keys.waits.awaited(1)).toEqual(["a"]);
    keys.waits.fail(new Error("no a"), "a");
    await expect(first).rejects.toThrow("no a");
    keys.set("b", FINISHED);
    await second;
    expect(keys.waits.awaited(5)).toEqual([]);
  });

  it("gets what went wrong with making the error", async () => {
    const waits = new Waits(
      () => ERRED,
      () => {
        throw new TypeError("no error");
      },
    );
    await expect(waits.wait(["a"])).rejects.toThrow("no error");
  });
});
