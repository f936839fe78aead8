import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { ClaimTable, SharedClaims, Tickets } from "../../src/spawn/claims.ts";

function claims() {
  const memory = ClaimTable.newMemory();
  return { memory, controller: new SharedClaims(memory), worker: new ClaimTable(memory) };
}

describe("a ticket", () => {
  it("goes to the worker that takes it", () => {
    const { controller, worker } = claims();
    const ticket = controller.offer();
    expect(controller.isTaken(ticket)).toBe(false);
    expect(worker.take(ticket)).toBe(true);
    expect(controller.isTaken(ticket)).toBe(true);
    expect(controller.revoke([ticket])).toEqual([]);
  });

  it("goes to the controller that revokes it", () => {
    const { controller, worker } = claims();
    const [a, b, c] = [controller.offer(), controller.offer(), controller.offer()];
    expect(worker.take(b)).toBe(true);
    expect(controller.revoke([a, b, c])).toEqual([a, c]);
    expect([a, b, c].map((ticket) => worker.isRevoked(ticket))).toEqual([true, false, true]);
    expect(worker.isRevoked(controller.offer())).toBe(false);
    expect([worker.take(a), worker.take(c)]).toEqual([false, false]);
    expect(controller.isTaken(a)).toBe(false);
  });

  it("is taken once, and revoked once", () => {
    const { controller, worker } = claims();
    const [a, b] = [controller.offer(), controller.offer()];
    expect([worker.take(a), worker.take(a)]).toEqual([true, false]);
    expect([controller.revoke([b]), controller.revoke([b])]).toEqual([[b], []]);
  });

  it("that was revoked before its task arrived stays so when its place has another one", () => {
    const { memory, worker } = claims();
    const controller = new SharedClaims(memory);
    const old = controller.offer();
    expect(controller.revoke([old])).toEqual([old]);
    // All other places are used up, so the next ticket has the place of the old one.
    for (let i = 1; i < controller.capacity; i++) controller.offer();
    const next = controller.offer();
    expect(next % controller.capacity).toBe(old % controller.capacity);
    // Its task overtakes that of the old ticket, which the worker finds later in its queue.
    expect(worker.take(next)).toBe(true);
    expect(worker.take(old)).toBe(false);
    expect(controller.revoke([old])).toEqual([]);
    expect(controller.isTaken(old)).toBe(false);
  });

  it("of before does not decide the next one of its place", () => {
    const { controller, worker } = claims();
    const old = controller.offer();
    worker.take(old);
    controller.release(old);
    for (let i = 1; i < controller.capacity; i++) controller.offer();
    const next = controller.offer();
    expect(controller.isTaken(next)).toBe(false);
    // A request to revoke that comes late.
    expect(controller.revoke([old])).toEqual([]);
    expect(worker.take(next)).toBe(true);
  });

  it("has one winner when both want it at the same time", async () => {
    const { memory, controller } = claims();
    const rounds = 300;
    const started = new Int32Array(new SharedArrayBuffer(4));
    const text = `
      const { parentPort, workerData: { url, memory, started } } = require("node:worker_threads");
      import(url).then(({ ClaimTable }) => {
        const table = new ClaimTable(memory);
        parentPort.on("message", (tickets) => {
          Atomics.add(started, 0, 1);
          parentPort.postMessage(tickets.filter((one) => table.take(one)));
        });
        parentPort.postMessage("ready");
      });
    `;
    const url = new URL("../../dist/spawn/claims.js", import.meta.url).href;
    const worker = new Worker(text, { eval: true, workerData: { url, memory, started } });
    await once(worker, "message");
    let [won, lost] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const tickets = Array.from({ length: 1000 }, () => controller.offer());
      const answer = once(worker, "message");
      worker.postMessage(tickets);
      while (Atomics.load(started, 0) <= round);
      const revoked = controller.revoke(tickets);
      const [taken] = (await answer) as [number[]];
      expect(taken.length + revoked.length).toBe(tickets.length);
      expect(new Set([...taken, ...revoked])).toEqual(new Set(tickets));
      for (const ticket of taken) controller.release(ticket);
      won += taken.length;
      lost += revoked.length;
    }
    expect(won + lost).toBe(rounds * 1000);
    await worker.terminate();
  });
});

describe("tickets", () => {
  it("are all different, and come to an end", () => {
    const tickets = new Tickets();
    const all = new Set(Array.from({ length: tickets.capacity }, () => tickets.offer()));
    expect(all.size).toBe(tickets.capacity);
    expect(() => tickets.offer()).toThrow(RangeError);
    const [one] = all;
    tickets.release(one!);
    const next = tickets.offer();
    expect(all.has(next)).toBe(false);
    expect(() => tickets.offer()).toThrow("at most 4096 tasks");
  });

  it("can be released twice", () => {
    const tickets = new Tickets();
    const one = tickets.offer();
    tickets.release(one);
    tickets.release(one);
    const all = new Set(Array.from({ length: tickets.capacity }, () => tickets.offer()));
    expect(all.size).toBe(tickets.capacity);
  });

  it("are those in use when others are released in any order", () => {
    const tickets = new Tickets();
    const used = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      if (used.size < 50 || i % 3 === 0) {
        const ticket = tickets.offer();
        expect(used.has(ticket)).toBe(false);
        used.add(ticket);
      }
      if (i % 2 === 0) {
        const one = [...used][(i * 7) % used.size]!;
        tickets.release(one);
        used.delete(one);
      }
      const places = new Set([...used].map((ticket) => ticket % tickets.capacity));
      if (i % 1000 === 0) expect(places.size).toBe(used.size);
    }
  });
});
