import { delayed, op, TimeoutError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Moving } from "../../../src/executors/parallel/moving.ts";
import { Stopping } from "../../../src/executors/parallel/stopping.ts";
import { CANCEL, COMPUTE, type Orders } from "../../../src/worker/protocol.ts";
import { closesChannels } from "../../support/channel.ts";
import { Inbox } from "../../support/comm-contract.ts";
import { Controller } from "../../support/controller.ts";
import { ManualClock } from "../../support/manual-clock.ts";

closesChannels();

/** A task that a worker was sent, and what stops it. */
async function sentTask(timeout?: number) {
  const controller = new Controller();
  const work = (): number => 1;
  await controller.takeUp(timeout === undefined ? op(work) : delayed(work, { timeout, label: "slow" })());
  const { core, link } = controller;
  const sent = controller.order();
  link.queue.flush();
  link.sent.set(sent.attempt, sent);
  const clock = new ManualClock();
  const guarded = (body: () => void): void => body();
  const moving = new Moving({ core, links: () => [link], pump: () => {}, guarded });
  const stopping = new Stopping({ clock, moving, guarded });
  return { controller, link, sent, clock, stopping, inbox: new Inbox(controller.comm) };
}

describe("a task with a limit", () => {
  it("has failed when that is over, and its worker is told", async () => {
    const { link, sent, clock, stopping, inbox } = await sentTask(50);
    stopping.begun(link, sent);
    clock.advance(49);
    expect(sent.failure).toBeUndefined();
    clock.advance(1);
    expect(sent.failure).toEqual(new TimeoutError('"slow"', 50));
    const [, cancel] = (await inbox.first(2)) as [Orders, Orders];
    expect([...cancel.rows]).toEqual([CANCEL, sent.attempt]);
    stopping.forget(sent);
  });

  it("costs nothing more once it is over", async () => {
    const { link, sent, clock, stopping } = await sentTask(50);
    stopping.begun(link, sent);
    expect(clock.pending).toBe(1);
    stopping.forget(sent);
    expect(clock.pending).toBe(0);
  });
});

describe("a task that is not wanted any more", () => {
  it("is taken back if it has not begun", async () => {
    const { controller, link, sent, stopping, inbox } = await sentTask();
    stopping.cancel(link, sent);
    expect([link.sent.size, controller.core.queued, sent.patience]).toEqual([0, 1, undefined]);
    const [{ rows }] = (await inbox.first(1)) as [Orders];
    expect(rows[0]).toBe(COMPUTE);
  });

  it("is told to stop if it has", async () => {
    const { controller, link, sent, stopping, inbox } = await sentTask();
    controller.claims.take(sent.ticket);
    stopping.cancel(link, sent);
    stopping.cancel(link, sent);
    const [, cancel] = (await inbox.first(2)) as [Orders, Orders];
    expect([...cancel.rows]).toEqual([CANCEL, sent.attempt]);
    expect(sent.isCancelled).toBe(true);
    stopping.forget(sent);
  });

  it("is ended together with its worker if that does not answer", async () => {
    const { controller, link, sent, stopping, inbox } = await sentTask();
    controller.claims.take(sent.ticket);
    stopping.cancel(link, sent);
    // Nobody reads this worker's orders. To be terminated is for it that its channel closes.
    await inbox.closed;
  });
});
