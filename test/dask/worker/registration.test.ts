import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Connection } from "../../../src/dask/comm/connection.ts";
import { type Listener, listen } from "../../../src/dask/comm/listener.ts";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { type Handler, NO_REPLY, serve } from "../../../src/dask/comm/server.ts";
import { knowScheduler, register, versionsOf } from "../../../src/dask/worker/registration.ts";

let listener: Listener;
let pool: RpcPool;
let handlers: Map<string, Handler>;
const { signal } = new AbortController();

beforeEach(async () => {
  handlers = new Map([
    ["versions", () => ({ host: {}, packages: { distributed: "2026.8.0", python: "3.12" } })],
  ]);
  listener = await listen({}, (connection) => void serve(connection, { handlers }));
  pool = new RpcPool();
});
afterEach(async () => {
  await pool.close();
  await listener.close();
});

const worker = {
  ...{ address: "tcp://127.0.0.1:1", name: "w", threads: 2, resources: new Map([["gpu", 1]]) },
  ...{ memoryLimit: 1e9, localDirectory: "/tmp", metrics: {} },
};

describe("joining a scheduler", () => {
  it("begins with who it is", async () => {
    const { profile, packages } = await knowScheduler(pool, listener.address, 1000, signal);
    expect(profile.release).toBe("2026.8.0");
    expect(versionsOf(packages)).toMatchObject({
      packages,
      host: { python: `node ${process.versions.node}` },
    });
  });

  it("ends there if it is too old, or says nothing of its release", async () => {
    handlers.set("versions", () => ({ packages: { distributed: "2022.12.1" } }));
    await expect(knowScheduler(pool, listener.address, 1000, signal)).rejects.toMatchObject({
      code: "ERR_DASK_VERSION",
    });
    handlers.set("versions", () => ({ packages: {} }));
    await expect(knowScheduler(pool, listener.address, 1000, signal)).rejects.toMatchObject({
      code: "ERR_DASK_PROTOCOL",
    });
  });

  it("waits for a scheduler that is not there yet", async () => {
    const { address } = listener;
    await listener.close();
    const known = knowScheduler(pool, address, 20_000, signal);
    const port = Number(address.split(":").at(-1));
    listener = await listen({ port }, (connection) => void serve(connection, { handlers }));
    expect((await known).profile.release).toBe("2026.8.0");
  });

  it("says all that a scheduler must be told, and nothing else", async () => {
    let said: ReadonlyMap<unknown, unknown> | undefined;
    handlers.set("register-worker", async ({ fields }, connection: Connection) => {
      said = fields.entries;
      await connection.write({ status: "OK", time: 1, "heartbeat-interval": 0.5, "worker-plugins": {} });
      return NO_REPLY;
    });
    const known = await knowScheduler(pool, listener.address, 1000, signal);
    const { connection, id, heartbeatInterval } = await register(
      listener.address,
      known,
      worker,
      1000,
      signal,
    );
    expect(heartbeatInterval).toBe(0.5);
    expect(said!.get("server_id")).toBe(id);
    expect([...said!.keys()].filter((name) => name !== "op" && name !== "reply").sort()).toEqual(
      [
        ...[
          "address",
          "status",
          "server_id",
          "nthreads",
          "name",
          "now",
          "resources",
          "memory_limit",
          "metrics",
        ],
        ...["local_directory", "services", "versions", "nanny", "pid", "extra", "stimulus_id"],
      ].sort(),
    );
    await connection.close();
  });

  it("fails with the scheduler's reason", async () => {
    handlers.set("register-worker", async (_, connection: Connection) => {
      await connection.write({ status: "error", message: "name taken, w", time: 1 });
      return NO_REPLY;
    });
    const known = await knowScheduler(pool, listener.address, 1000, signal);
    await expect(register(listener.address, known, worker, 1000, signal)).rejects.toMatchObject({
      code: "ERR_WORKER_START",
      message: `the scheduler at ${listener.address} does not take the worker w (tcp://127.0.0.1:1): name taken, w`,
    });
  });

  it("does not wait for ever for the answer", async () => {
    handlers.set("register-worker", () => new Promise(() => {}));
    const known = await knowScheduler(pool, listener.address, 1000, signal);
    await expect(register(listener.address, known, worker, 200, signal)).rejects.toMatchObject({
      code: "ERR_SCHEDULER_UNREACHABLE",
    });
  });
});
