import { describe, expect, it } from "vitest";
import { getData } from "../../../src/dask/comm/get-data.ts";
import { listen } from "../../../src/dask/comm/listener.ts";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { type Handler, NO_REPLY, serve } from "../../../src/dask/comm/server.ts";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

const value = Serialized.of("dask", [new Uint8Array([1, 2])]);

describe("getting data", () => {
  it("acknowledges what has come, and uses the connection again", async () => {
    const heard: unknown[] = [];
    const get: Handler = async ({ fields }, connection) => {
      heard.push(fields.keys("keys"), fields.string("who"));
      await connection.write({ status: "OK", data: { a: value } });
      heard.push(await connection.read());
      return NO_REPLY;
    };
    let connections = 0;
    await using listener = await listen({}, (connection) => {
      connections++;
      void serve(connection, { handlers: new Map([["get_data", get]]) });
    });
    await using pool = new RpcPool();
    for (let i = 0; i < 2; i++) {
      const data = await getData(pool, listener.address, ["a", "b"], "me");
      expect(data).toEqual(new Map([["a", expect.any(Serialized)]]));
    }
    expect(heard.slice(0, 3)).toEqual([["a", "b"], "me", "OK"]);
    expect(connections).toBe(1);
  });

  it("says that the worker is busy", async () => {
    await using listener = await listen({}, (connection) => {
      void serve(connection, { handlers: new Map([["get_data", () => ({ status: "busy" })]]) });
    });
    await using pool = new RpcPool();
    expect(await getData(pool, listener.address, ["a"], "me")).toBe("busy");
  });

  it("refuses what is no answer", async () => {
    await using listener = await listen({}, (connection) => {
      void serve(connection, { handlers: new Map([["get_data", () => ({ status: "OK", data: 5 })]]) });
    });
    await using pool = new RpcPool();
    await expect(getData(pool, listener.address, ["a"], "me")).rejects.toBeInstanceOf(DaskProtocolError);
  });
});
