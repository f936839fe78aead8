import { op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import type { WorkerLink } from "../../../src/executors/parallel/link.ts";
import { WorkerLink as Link } from "../../../src/executors/parallel/link.ts";
import { Moving } from "../../../src/executors/parallel/moving.ts";
import { closesChannels, workerHere } from "../../support/channel.ts";
import { Controller } from "../../support/controller.ts";

closesChannels();

const square = (x: number): number => x * x;

/** A worker that was sent all tasks of a run, and one that has none. */
async function unbalanced(tasks: number, concurrency = 1) {
  const controller = await new Controller(concurrency).takeUp(
    Array.from({ length: tasks }, (_, i) => op(square, i)),
  );
  const { core, link, library } = controller;
  for (let i = 0; i < tasks; i++) {
    const sent = controller.order();
    link.sent.set(sent.attempt, sent);
  }
  const other = workerHere("worker-2.1");
  const idle = new Link(core.addWorker(2, 1, true), 1, "worker-2", other.worker, concurrency, library);
  const links: WorkerLink[] = [link, idle];
  let pumps = 0;
  const moving = new Moving({ core, links: () => links, pump: () => pumps++, guarded: (body) => body() });
  return { ...controller, controller, moving, idle, links, pumps: () => pumps };
}

describe("an idle worker", () => {
  it("gets tasks that another one has not begun", async () => {
    const { controller, moving, idle, pumps } = await unbalanced(6);
    const { core, link, claims } = controller;
    const [first, second] = [...link.sent.values()];
    expect(claims.take(first!.ticket) && claims.take(second!.ticket)).toBe(true);
    moving.balance();
    expect(pumps()).toBe(1);
    expect(link.isMoving).toBe(false);
    expect([...link.sent.values()].slice(0, 2)).toEqual([first, second]);
    expect(link.sent.size).toBeLessThan(6);
    expect(core.queued).toBe(6 - link.sent.size);
    expect(core.nextTask(idle.index)).toBeGreaterThanOrEqual(0);
  });

  it("gets none that takes an input over: it is on its way already", async () => {
    const { controller, moving } = await unbalanced(6);
    for (const sent of controller.link.sent.values()) sent.isTaking = true;
    moving.balance();
    expect(controller.link.sent.size).toBe(6);
  });

  it("gets none of those that the other one is about to begin", async () => {
    const { controller, moving } = await unbalanced(3, 2);
    const [first, second] = [...controller.link.sent.values()];
    moving.balance();
    expect([...controller.link.sent.values()]).toEqual([first, second]);
  });

  it("gets nothing while there are tasks that nobody has been sent", async () => {
    const { controller, moving, pumps } = await unbalanced(6);
    const { link } = controller;
    const last = [...link.sent.values()].at(-1)!;
    controller.core.taskReleased(link.index, last.task, last.attempt);
    moving.balance();
    expect([link.sent.size, pumps()]).toEqual([6, 0]);
  });

  it("gets some when it has a free slot left, and runs something", async () => {
    const { controller, moving, idle } = await unbalanced(6, 2);
    const [first] = [...controller.link.sent.values()];
    idle.sent.set(first!.attempt, first!);
    moving.balance();
    expect(controller.link.sent.size).toBeLessThan(6);
  });

  it("gets some while others wait that only the busy one may run", async () => {
    const { controller, moving } = await unbalanced(6);
    const { core, link } = controller;
    const restrictions = Uint8Array.of(core.restriction([0]));
    const graph = { size: 1, dependencyStart: Int32Array.of(0, 0), dependencies: new Int32Array(0) };
    core.updateGraph({ ...graph, restrictions }, [0]);
    expect(core.queued).toBe(1);
    moving.balance();
    expect(link.sent.size).toBeLessThan(6);
  });

  it("gets some of another when the busiest has nothing that can be moved", async () => {
    const { controller, idle, links, moving } = await unbalanced(6);
    const { core, link, library } = controller;
    const all = [...link.sent.entries()];
    const other = new Link(core.addWorker(2, 2, true), 2, "worker-3", link.worker, 1, library);
    links.push(other);
    for (const [attempt, sent] of all.slice(4)) {
      link.sent.delete(attempt);
      other.sent.set(attempt, sent);
    }
    for (const sent of link.sent.values()) sent.isTaking = true;
    moving.balance();
    expect([link.sent.size, other.sent.size, idle.sent.size]).toEqual([4, 1, 0]);
  });

  it("gets nothing of so little work that moving it takes longer", async () => {
    const { controller, moving } = await unbalanced(6);
    controller.link.paced(1, 1_000_000);
    moving.balance();
    expect(controller.link.sent.size).toBe(6);
  });
});

describe("a worker that gives nothing back", () => {
  it("is not asked again before it reports something", async () => {
    const { controller, moving, pumps } = await unbalanced(6);
    const { link } = controller;
    let asked = 0;
    // As those of a process that has died, before its end is known.
    link.worker.claims.isTaken = () => undefined;
    link.worker.claims.revoke = () => {
      asked++;
      return [];
    };
    moving.balance();
    moving.balance();
    expect([asked, pumps()]).toEqual([1, 1]);
    link.paced(0, 0);
    moving.balance();
    expect(asked).toBe(2);
  });
});

describe("revoking", () => {
  it("takes back what has not begun, and says when that is known", async () => {
    const { controller, moving } = await unbalanced(3);
    const { core, link, claims } = controller;
    const [begun, ...others] = [...link.sent.values()];
    claims.take(begun!.ticket);
    let isKnown = false;
    moving.revoke(link, [begun!, ...others], () => {
      isKnown = true;
    });
    expect([isKnown, core.queued]).toEqual([true, 2]);
    expect([...link.sent.values()]).toEqual([begun]);
  });
});
