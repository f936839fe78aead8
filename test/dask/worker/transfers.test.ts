import { expect, it } from "vitest";
import { Transfers } from "../../../src/dask/worker/transfers.ts";

it("counts what goes out", () => {
  const transfers = new Transfers();
  transfers.begin();
  transfers.begin();
  transfers.sending(100);
  expect([transfers.outgoing, transfers.outgoingTotal, transfers.outgoingBytes]).toEqual([2, 2, 100]);
  transfers.sending(-100);
  transfers.end();
  expect([transfers.outgoing, transfers.outgoingTotal, transfers.outgoingBytes]).toEqual([1, 2, 0]);
});

it("measures bandwidth with what is large enough", () => {
  const transfers = new Transfers();
  const { total } = transfers.bandwidth as { total: number };
  transfers.received("a", 1000, 10);
  expect(transfers.bandwidth).toEqual({ total, workers: new Map(), types: {} });
  transfers.received("a", 2e9, 1);
  transfers.received("a", 4e9, 1);
  expect(transfers.receivedBytes).toBe(6e9 + 1000);
  expect(transfers.bandwidth.workers).toEqual(new Map([["a", [6e9, 2]]]));
  expect(transfers.bandwidth.total).toBeGreaterThan(total);
  transfers.forgetWorkers();
  expect(transfers.bandwidth.workers).toEqual(new Map());
  expect(transfers.bandwidth.total).toBeGreaterThan(total);
});
