import { afterEach, beforeEach, expect, it } from "vitest";
import { type Listener, listen } from "../../../src/dask/comm/listener.ts";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { serve } from "../../../src/dask/comm/server.ts";
import { Heartbeat } from "../../../src/dask/worker/heartbeat.ts";
import { Log } from "../../../src/dask/worker/log.ts";

let listener: Listener;
let pool: RpcPool;
let heard: ReadonlyMap<unknown, unknown>[];
let reply: () => unknown;
let heartbeat: Heartbeat | undefined;

beforeEach(async () => {
  heard = [];
  reply = () => ({ status: "OK", time: 1, "heartbeat-interval": 0.1 });
  const handlers = new Map([
    [
      "heartbeat_worker",
      ({ fields }: { fields: { entries: ReadonlyMap<unknown, unknown> } }) => {
        heard.push(fields.entries);
        return reply();
      },
    ],
  ]);
  listener = await listen({}, (connection) => void serve(connection, { handlers }));
  pool = new RpcPool();
});
afterEach(async () => {
  heartbeat?.close();
  await pool.close();
  await listener.close();
});

function start(on: Partial<ConstructorParameters<typeof Heartbeat>[0]> = {}): void {
  heartbeat = new Heartbeat({
    ...{ pool, scheduler: listener.address, address: "tcp://127.0.0.1:1", interval: 0.01 },
    state: () => ({ metrics: { cpu: 1 }, executing: new Map([["x", 2]]) }),
    ...{ onHeard: () => {}, onMissing: () => {}, onSilence: () => {}, log: new Log("w", true) },
    ...on,
  });
}

it("says how the worker is, again and again", async () => {
  let times = 0;
  await new Promise<void>((resolve) => {
    start({ onHeard: () => ++times === 3 && resolve() });
  });
  expect(heard).toHaveLength(3);
  expect(heard[0]!.get("address")).toBe("tcp://127.0.0.1:1");
  expect(heard[0]!.get("metrics")).toEqual(new Map([["cpu", 1]]));
  expect(heard[0]!.get("executing")).toEqual(new Map([["x", 2]]));
  expect(heard[0]!.get("extensions")).toEqual(new Map());
});

it("tells when the scheduler does not know the worker, and stops", async () => {
  reply = () => ({ status: "missing" });
  await new Promise<void>((resolve) => start({ onMissing: resolve }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(heard).toHaveLength(1);
});

it("goes on after a failure, which it says once", async () => {
  let answers = 0;
  reply = () => {
    if (++answers < 3) throw new Error("not now");
    return { status: "OK", time: 1, "heartbeat-interval": 0.1 };
  };
  const said: string[] = [];
  const log = new Log("w", true);
  log.warn = (line) => void said.push(line);
  await new Promise<void>((resolve) => start({ log, onHeard: resolve }));
  expect(said).toEqual([expect.stringContaining("a heartbeat did not reach the scheduler")]);
});
