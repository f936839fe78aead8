import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { WorkerLink } from "../../../src/executors/parallel/link.ts";
import { closesChannels, workerHere } from "../../support/channel.ts";

closesChannels();

function link(concurrency = 1): WorkerLink {
  return new WorkerLink(0, 0, "worker-1", workerHere("one").worker, concurrency, new Library("controller"));
}

describe("a link to a worker", () => {
  it("sends few tasks ahead before it knows how long they take", () => {
    expect(link(1).window).toBe(2);
    expect(link(5).window).toBe(10);
  });

  it("sends many short tasks ahead, and of long ones just the next", () => {
    const [short, long, endless] = [link(), link(), link()];
    short.paced(1, 1000);
    long.paced(500, 5);
    endless.paced(0, 10);
    expect(short.window).toBeGreaterThan(1000);
    expect(long.window).toBe(2);
    expect(endless.window).toBeLessThanOrEqual(short.worker.claims.capacity);
  });

  it("is not taken in by one long task among short ones", () => {
    const [mixed, long] = [link(), link()];
    mixed.paced(1, 1000);
    for (const one of [mixed, long]) one.paced(1, 1);
    expect(mixed.window).toBeGreaterThan(long.window);
  });

  it("follows tasks that become longer", () => {
    const one = link();
    one.paced(1, 1000);
    const before = one.window;
    for (let i = 0; i < 10; i++) one.paced(10, 1);
    expect(one.window).toBeLessThan(before / 100);
    expect(one.busy).toBe(101);
    one.paced(0, 0);
    expect(one.window).toBeLessThan(before / 100);
  });
});

describe("what a worker was sent", () => {
  it("is settled once, and with it the bytes that it brings along", () => {
    const one = link();
    const sent = { bytes: 7 } as never;
    one.sent.set(3, sent);
    one.bytesComing = 10;
    expect([one.settle(3), one.settle(3), one.sent.size, one.bytesComing]).toEqual([sent, undefined, 0, 3]);
  });
});
