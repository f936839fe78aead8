import { describe, expect, it } from "vitest";
import type { Connection } from "../../../src/dask/comm/connection.ts";
import { type Listener, listen } from "../../../src/dask/comm/listener.ts";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { type Handler, NO_REPLY, serve } from "../../../src/dask/comm/server.ts";
import { RemoteError, TimeoutError } from "../../../src/errors.ts";
import { Deferred } from "../../../src/nodes/result.ts";
import { rawServer } from "./connections.ts";

interface Serving extends AsyncDisposable {
  readonly address: string;
  readonly listener: Listener;
  readonly taken: readonly Connection[];
}

async function serving(handlers: Readonly<Record<string, Handler>>): Promise<Serving> {
  const taken: Connection[] = [];
  const listener = await listen({}, (connection) => {
    taken.push(connection);
    void serve(connection, { handlers: new Map(Object.entries(handlers)) });
  });
  return { address: listener.address, listener, taken, [Symbol.asyncDispose]: () => listener.close() };
}

const echo: Handler = ({ fields }) => fields.get("value");

describe("a pool of connections", () => {
  it("uses a connection again, and another one for each request at the same time", async () => {
    await using server = await serving({ echo });
    await using pool = new RpcPool();
    for (let value = 0; value < 5; value++) {
      expect(await pool.call(server.address, "echo", { value })).toBe(value);
    }
    expect(server.taken).toHaveLength(1);
    const values = Array.from({ length: 20 }, (_, i) => i);
    const replies = await Promise.all(values.map((value) => pool.call(server.address, "echo", { value })));
    expect(replies).toEqual(values);
    expect(server.taken).toHaveLength(20);
    expect(pool.size).toBe(20);
  });

  it("lets requests wait for a place, the first first", async () => {
    const first = new Deferred<string>();
    await using server = await serving({ echo, first: () => first.promise });
    await using pool = new RpcPool({ limit: 1 });
    const order: unknown[] = [];
    const waiting = pool.call(server.address, "first").then((reply) => order.push(reply));
    const others = [1, 2, 3].map((value) =>
      pool.call(server.address, "echo", { value }).then((reply) => order.push(reply)),
    );
    const gone = pool.call(server.address, "echo", { value: 4 }, { timeout: 20 });
    await expect(gone).rejects.toThrow(`echo at ${server.address} took longer than its timeout of 20 ms`);
    expect(order).toEqual([]);
    first.resolve("first");
    await Promise.all([waiting, ...others]);
    expect(order).toEqual(["first", 1, 2, 3]);
    expect(server.taken).toHaveLength(1);
  });

  it("makes room by closing a connection that nobody uses", async () => {
    await using one = await serving({ echo });
    await using two = await serving({ echo });
    await using pool = new RpcPool({ limit: 1 });
    for (const { address } of [one, two, one]) await pool.call(address, "echo", { value: 1 });
    expect(one.taken).toHaveLength(2);
    expect(pool.size).toBe(1);
  });

  it("passes errors of the other side on, and keeps the connection", async () => {
    const fail: Handler = () => {
      throw new RangeError("no good");
    };
    await using server = await serving({ echo, fail });
    await using pool = new RpcPool();
    const failure = pool.call(server.address, "fail");
    await expect(failure).rejects.toBeInstanceOf(RemoteError);
    await expect(failure).rejects.toThrow(`fail at ${server.address} failed: RangeError: no good`);
    await expect(failure).rejects.toMatchObject({ className: "builtins.ValueError" });
    expect(await pool.call(server.address, "unknown")).toBeNull();
    expect(await pool.call(server.address, "echo", { value: 1 })).toBe(1);
    expect(server.taken).toHaveLength(1);
  });

  it("throws a connection away whose request failed", async () => {
    const die: Handler = (_, connection) => {
      connection.abort();
      return NO_REPLY;
    };
    await using server = await serving({ echo, die, hang: () => new Promise(() => {}) });
    await using pool = new RpcPool();
    await expect(pool.call(server.address, "die")).rejects.toMatchObject({ code: "ERR_COMM" });
    const hanging = pool.call(server.address, "hang", {}, { timeout: 20 });
    await expect(hanging).rejects.toBeInstanceOf(TimeoutError);
    const controller = new AbortController();
    const aborted = pool.call(server.address, "hang", {}, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect(await pool.call(server.address, "echo", { value: 1 })).toBe(1);
    await Promise.all(server.taken.slice(0, 2).map(({ closed }) => closed));
    expect(pool.size).toBe(1);
  });

  it("throws a connection away whose exchange went wrong here", async () => {
    await using server = await serving({ echo });
    await using pool = new RpcPool();
    const wrong = async (): Promise<void> => {
      throw new Error("wrong");
    };
    await expect(pool.use(server.address, "nothing", wrong)).rejects.toThrow("wrong");
    while (pool.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("gives up a reply of which nothing comes any more, and no other", async () => {
    const pieces = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const slow: Handler = async (_, connection) => {
      for (const piece of pieces) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await connection.write(piece);
      }
      return NO_REPLY;
    };
    await using server = await serving({ slow, hang: () => new Promise(() => {}) });
    await using pool = new RpcPool();
    const all = pool.use(
      server.address,
      "everything",
      async (connection) => {
        await connection.write({ op: "slow" });
        const got: unknown[] = [];
        while (got.length < pieces.length) got.push(await connection.read());
        return got;
      },
      { stall: 150 },
    );
    expect(await all).toEqual(pieces);
    await expect(pool.call(server.address, "hang", {}, { stall: 20 })).rejects.toBeInstanceOf(TimeoutError);
  });

  it("does not use what the other side has closed", async () => {
    await using server = await serving({ echo });
    await using pool = new RpcPool();
    await pool.call(server.address, "echo", { value: 1 });
    server.taken[0]!.abort();
    while (pool.size > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await pool.call(server.address, "echo", { value: 2 })).toBe(2);
  });

  it("drops all connections to an address", async () => {
    await using server = await serving({ echo, hang: () => new Promise(() => {}) });
    await using pool = new RpcPool();
    await pool.call(server.address, "echo", { value: 1 });
    const hanging = [pool.call(server.address, "hang"), pool.call(server.address, "hang")];
    while (pool.size < 2 || server.taken.length < 2) await new Promise((resolve) => setImmediate(resolve));
    pool.drop(server.address);
    for (const one of hanging) await expect(one).rejects.toMatchObject({ code: "ERR_COMM" });
  });

  it("ends everything when it is closed", async () => {
    await using server = await serving({ echo, hang: () => new Promise(() => {}) });
    await using silent = await rawServer();
    const pool = new RpcPool({ limit: 3 });
    await pool.call(server.address, "echo", { value: 1 });
    const hanging = pool.call(server.address, "hang");
    const connecting = pool.call(silent.address, "hang");
    const other = pool.call(silent.address, "hang");
    const waiting = pool.call(silent.address, "hang");
    const settled = Promise.allSettled([hanging, connecting, other, waiting]);
    await pool.close();
    for (const outcome of await settled) expect(outcome.status).toBe("rejected");
    await expect(waiting).rejects.toThrow("the pool of connections is closed");
    await expect(pool.call(server.address, "echo")).rejects.toThrow("the pool of connections is closed");
    await Promise.all(server.taken.map(({ closed }) => closed));
    expect(pool.size).toBe(0);
  });
});
