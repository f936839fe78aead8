import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Listener, listen } from "../../../src/dask/comm/listener.ts";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { type Handler, serve } from "../../../src/dask/comm/server.ts";
import { handOver } from "../../../src/dask/worker/hand-over.ts";
import { Log } from "../../../src/dask/worker/log.ts";

const NEVER = new Promise<void>(() => {});
let listener: Listener;
let pool: RpcPool;
let asked: unknown[];
let answer: Handler;
let said: string[];
let abort: AbortController;

beforeEach(async () => {
  asked = [];
  said = [];
  abort = new AbortController();
  answer = () => new Map();
  const retire: Handler = (request, connection) => {
    asked.push(request.fields.get("workers"));
    return answer(request, connection);
  };
  const handlers = new Map([["retire_workers", retire]]);
  listener = await listen({}, (connection) => void serve(connection, { handlers }));
  pool = new RpcPool();
});
afterEach(async () => {
  await pool.close();
  await listener.close();
});

function leave(idle: Promise<void>, timeout: number): Promise<void> {
  const log = new Log("w", true);
  log.warn = (line) => void said.push(line);
  const { address: scheduler } = listener;
  return handOver({ pool, scheduler, address: "me", idle, timeout, signal: abort.signal, log });
}

describe("leaving", () => {
  it("waits for what runs, and then has the scheduler move results", async () => {
    let finish = (): void => {};
    const idle = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const left = leave(idle, 10_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([]);
    finish();
    await left;
    expect(asked).toEqual([["me"]]);
    expect(said).toEqual([]);
  });

  it("waits for neither for ever", async () => {
    answer = () => NEVER;
    await leave(NEVER, 100);
    expect(asked).toEqual([["me"]]);
    expect(said).toEqual([
      "tasks that still ran after 100 ms were given up",
      expect.stringContaining("results were not handed over: "),
    ]);
  });

  it("ends without a word when the worker ends in another way", async () => {
    const left = leave(NEVER, 10_000);
    abort.abort(new Error("the scheduler is gone"));
    await left;
    expect(asked).toEqual([]);
    expect(said).toEqual([]);
  });
});
