import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import type { Comm } from "../../../src/comm/comm.ts";
import { OrderQueue } from "../../../src/executors/parallel/order-queue.ts";
import { HOLE } from "../../../src/executors/travel.ts";
import { decodeError } from "../../../src/serialize/error.ts";
import { CANCEL, FETCH, FREE, LOST, type Orders } from "../../../src/worker/protocol.ts";
import { channel, closesChannels } from "../../support/channel.ts";
import { Inbox } from "../../support/comm-contract.ts";

closesChannels();

function queue(): { queue: OrderQueue; library: Library; inbox: Inbox } {
  const [controller, worker]: [Comm, Comm] = channel();
  const library = new Library("controller");
  return { queue: new OrderQueue(controller, library), library, inbox: new Inbox(worker) };
}

const peerOf = (index: number) => ({ index, id: `worker-${index}`, address: undefined });

describe("orders", () => {
  it("leave together, and each once", async () => {
    const { queue: orders, inbox } = queue();
    orders.flush();
    orders.free(7);
    orders.fetch(8, 1);
    orders.addValue(HOLE);
    orders.flush();
    orders.flush();
    orders.free(9);
    orders.flush();
    const [first, second] = (await inbox.first(2)) as [Orders, Orders];
    expect([...first.rows]).toEqual([FREE, 7, FETCH, 8, 1]);
    expect(first.values[0]).toBe(first.hole);
    expect([[...second.rows], second.values]).toEqual([[FREE, 9], []]);
  });

  it("may be very many", async () => {
    const { queue: orders, inbox } = queue();
    for (let i = 0; i < 10_000; i++) orders.free(i);
    orders.flush();
    const [{ rows }] = (await inbox.first(1)) as [Orders];
    expect([...rows.subarray(-2)]).toEqual([FREE, 9999]);
    expect(rows).toHaveLength(20_000);
  });

  it("name functions, labels and workers once", async () => {
    const { queue: orders, library, inbox } = queue();
    const { id } = library.capture(() => 1);
    for (let i = 0; i < 2; i++) {
      orders.useFunction(0, id, id);
      orders.useFunction(1, "elementOf", undefined);
      orders.useLabel(0, "load");
      orders.usePeer(2, peerOf);
      orders.free(i);
      orders.flush();
    }
    const [first, second] = (await inbox.first(2)) as [Orders, Orders];
    expect(first).toMatchObject({
      functions: [
        { number: 0, text: id },
        { number: 1, text: "elementOf" },
      ],
      labels: [{ number: 0, text: "load" }],
      peers: [{ index: 2, id: "worker-2" }],
    });
    expect(first.definitions.map((one) => one.id)).toContain(id);
    expect(second).toMatchObject({ functions: [], labels: [], peers: [], definitions: [] });
  });

  it("name a function again that the worker has been told to forget", async () => {
    const { queue: orders, library, inbox } = queue();
    const { id } = library.capture(() => 1);
    orders.forgetFunction(0);
    orders.useFunction(0, id, id);
    orders.free(1);
    orders.flush();
    orders.forgetFunction(0);
    orders.flush();
    orders.useFunction(0, id, id);
    orders.free(2);
    orders.flush();
    const [first, second, third] = (await inbox.first(3)) as [Orders, Orders, Orders];
    expect([first.forgotten, second.forgotten, third.forgotten]).toEqual([[], [0], []]);
    expect([first.functions, third.functions].map((some) => some.length)).toEqual([1, 1]);
  });

  it("tell of lost workers, if the worker has heard of them", async () => {
    const { queue: orders, inbox } = queue();
    orders.lost(3);
    orders.usePeer(2, peerOf);
    orders.lost(2);
    orders.lost(2);
    orders.flush();
    const [{ rows }] = (await inbox.first(1)) as [Orders];
    expect([...rows]).toEqual([LOST, 2]);
  });

  it("tell why a task is cancelled", async () => {
    const { queue: orders, inbox } = queue();
    orders.cancel(5, new RangeError("too late"));
    orders.flush();
    const [{ rows, values }] = (await inbox.first(1)) as [Orders];
    expect([...rows]).toEqual([CANCEL, 5]);
    expect(decodeError(values[0], new Library("worker"))).toEqual(new RangeError("too late"));
  });
});
