import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Listener, listen } from "../../../src/dask/comm/listener.ts";
import { type Handler, NO_REPLY, serve } from "../../../src/dask/comm/server.ts";
import { writeValue } from "../../../src/dask/protocol/values.ts";
import { Log } from "../../../src/dask/worker/log.ts";
import { Peers } from "../../../src/dask/worker/peers.ts";
import { Transfers } from "../../../src/dask/worker/transfers.ts";

const ME = "tcp://127.0.0.1:1";
let peers: Peers;
let transfers: Transfers;
let said: string[];
let listeners: Listener[];

beforeEach(() => {
  said = [];
  listeners = [];
  const log = new Log("w", true);
  log.warn = (line) => void said.push(line);
  transfers = new Transfers();
  peers = new Peers(transfers, log);
});
afterEach(async () => {
  await peers.close();
  for (const listener of listeners) await listener.close();
});

/** A peer that answers get_data so. */
async function peer(getData: Handler, ping: Handler = () => new Uint8Array(4)): Promise<string> {
  const handlers = new Map([
    ["get_data", getData],
    ["ping", ping],
  ]);
  const listener = await listen({}, (connection) => void serve(connection, { handlers }));
  listeners.push(listener);
  return listener.address;
}

const large = writeValue(new Float64Array(200_000))!;

it("give what they have, in memory that threads share", async () => {
  const address = await peer(async (_, connection) => {
    await connection.write({ status: "OK", data: new Map([["x", large]]) });
    expect(await connection.read()).toBe("OK");
    return NO_REPLY;
  });
  const answer = await peers.ask(address, ["x", "y"], ME);
  expect(answer).toBeInstanceOf(Map);
  const value = (answer as Exclude<typeof answer, string>).get("x")!;
  expect(value.frames[0]!.byteLength).toBe(1_600_000);
  expect(value.frames[0]!.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(transfers.receivedBytes).toBe(1_600_000);
});

it("may be busy, or not there", async () => {
  expect(await peers.ask(await peer(() => ({ status: "busy" })), ["x"], ME)).toBe("busy");
  expect(said).toEqual([]);
  expect(await peers.ask("tcp://127.0.0.1:1", ["x"], ME)).toBe("unreachable");
  expect(said).toEqual([
    expect.stringContaining("tcp://127.0.0.1:1 did not hand over 1 results: cannot connect"),
  ]);
});

it("are given up when they are known to be gone", async () => {
  let isAsked = (): void => {};
  const begun = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const address = await peer(() => {
    isAsked();
    return new Promise(() => {});
  });
  const answer = peers.ask(address, ["x"], ME);
  await begun;
  peers.gone(address);
  expect(await answer).toBe("unreachable");
});

it("are given up when they give no sign of life, and only then", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    let pings = 0;
    let answers = true;
    const address = await peer(
      () => new Promise(() => {}),
      () => {
        pings++;
        if (!answers) throw new Error("hardly alive");
        return "pong";
      },
    );
    let isOver = false;
    const answer = peers.ask(address, ["x"], ME).finally(() => {
      isOver = true;
    });
    vi.advanceTimersByTime(10_000);
    while (pings < 1) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isOver).toBe(false);
    answers = false;
    vi.advanceTimersByTime(10_000);
    expect(await answer).toBe("unreachable");
    expect(said[0]).toContain("gives no sign of life");
  } finally {
    vi.useRealTimers();
  }
});
