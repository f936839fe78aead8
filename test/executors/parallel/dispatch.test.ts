import { DispatchGraph, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { type HostOrder, OrderReader } from "../../../src/worker/order.ts";
import { COMPUTE, LISTED, type Orders } from "../../../src/worker/protocol.ts";
import { closesChannels } from "../../support/channel.ts";
import { Inbox } from "../../support/comm-contract.ts";
import { Controller } from "../../support/controller.ts";

closesChannels();

const add = (a: number, b: number): number => a + b;

/** What the worker reads of the orders that were added. */
async function arrived(controller: Controller): Promise<{ message: Orders; orders: HostOrder[] }> {
  const inbox = new Inbox(controller.comm);
  controller.link.queue.flush();
  const [message] = (await inbox.first(1)) as [Orders];
  const reader = new OrderReader(message);
  const orders: HostOrder[] = [];
  while (!reader.isAtEnd) {
    expect(reader.number()).toBe(COMPUTE);
    orders.push(reader.order());
  }
  return { message, orders };
}

describe("an order", () => {
  it("names the task, its attempt, function and label", async () => {
    const controller = await new Controller().takeUp(op(add, 1, 2));
    const { task, attempt, ticket } = controller.order();
    const { message, orders } = await arrived(controller);
    expect(orders).toMatchObject([
      { task, attempt, ticket, run: controller.run.id, number: 0, form: LISTED, isWanted: true, inputs: [] },
    ]);
    expect(message.labels).toEqual([{ number: orders[0]!.label, text: "add" }]);
    expect(message.functions.map(({ number }) => number)).toEqual([orders[0]!.fn]);
  });

  it("has inputs that the worker is still to make, which have no holders", async () => {
    const one = op(add, 1, 2);
    const controller = await new Controller().takeUp(op(add, one, one));
    controller.order();
    controller.order();
    const { orders } = await arrived(controller);
    const input = { task: orders[0]!.task, attempt: orders[0]!.attempt, holders: [] };
    expect(orders[1]!.inputs).toMatchObject([input, input]);
    expect([orders[0]!.isWanted, orders[1]!.isWanted]).toEqual([false, true]);
  });

  it("says who holds an input, and how these workers are reached", async () => {
    const controller = new Controller();
    const { core } = controller;
    const other = core.addWorker(1, 1, true);
    const one = op(add, 1, 2);
    await controller.takeUp([op(add, one, 3), op(add, one, 4)]);
    const made = core.nextTask(other);
    core.taskFinished(other, made, core.attemptOf(made), 8);
    controller.order();
    const { message, orders } = await arrived(controller);
    expect(orders[0]!.inputs).toEqual([
      { task: made, attempt: core.attemptOf(made), last: false, holders: [other] },
    ]);
    expect(message.peers).toMatchObject([{ index: other }]);
  });

  it("says of an input when nobody else will need it", async () => {
    const controller = new Controller();
    const { core, link } = controller;
    await controller.takeUp(op(add, op(add, 1, 2), 3));
    const { task, attempt } = controller.order();
    core.taskFinished(link.index, task, attempt, 8);
    controller.order();
    const { orders } = await arrived(controller);
    expect(orders[1]!.inputs).toMatchObject([{ last: true, holders: [link.index] }]);
  });

  it("takes an input over that nobody else will need, if another worker has it", async () => {
    const controller = new Controller();
    const { core } = controller;
    const other = core.addWorker(1, 1, true);
    await controller.takeUp(op(add, op(add, 1, 2), 3));
    const made = core.nextTask(other);
    core.taskFinished(other, made, core.attemptOf(made), 8);
    // It has no room for what needs the value.
    core.setSlots(other, 0);
    const { isTaking } = controller.order();
    const { orders } = await arrived(controller);
    expect([orders[0]!.inputs[0]!.last, isTaking]).toEqual([true, true]);
  });

  it("waits for tasks that only come first, until they are done", async () => {
    const [first, second] = [op(add, 1, 2), op(add, 3, 4)];
    const graph = DispatchGraph.from([first, second]);
    graph.addEdge(first, second);
    const controller = await new Controller().takeUp(graph);
    controller.order();
    controller.order();
    const { orders } = await arrived(controller);
    expect(orders[1]).toMatchObject({ argumentInputs: 0, inputs: [{ task: orders[0]!.task }] });
  });

  it("has its beginning watched if there is a limit", async () => {
    const controller = await new Controller().takeUp([delayed(add, { timeout: 50 })(1, 2), op(add, 3, 4)]);
    controller.order();
    controller.order();
    const { orders } = await arrived(controller);
    expect(orders.map(({ isWatched }) => isWatched)).toEqual([true, false]);
  });
});
