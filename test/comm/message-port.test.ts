import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { PortComm } from "../../src/comm/message-port.ts";
import { commContract, Inbox } from "../support/comm-contract.ts";

describe("PortComm", () => {
  commContract(
    async () => {
      const { port1, port2 } = new MessageChannel();
      return {
        here: new PortComm(port1),
        there: new PortComm(port2),
        breakDown: () => port2.close(),
        release: () => {},
      };
    },
    { givesReason: false, moves: true, sharesMemory: true },
  );

  it("ends with the thread at its other side, after the last message of that", async () => {
    const { port1, port2 } = new MessageChannel();
    const inbox = new Inbox(new PortComm(port1));
    const text = `
      const { workerData } = require("node:worker_threads");
      workerData.postMessage("last");
      process.exit(3);
    `;
    const worker = new Worker(text, { eval: true, workerData: port2, transferList: [port2] });
    await once(worker, "exit");
    await inbox.closed;
    expect(inbox.messages).toEqual(["last"]);
  });

  it("ends with the thread that computes for ever at its other side", async () => {
    const { port1, port2 } = new MessageChannel();
    const inbox = new Inbox(new PortComm(port1));
    const text = `
      const { workerData } = require("node:worker_threads");
      workerData.postMessage("looping");
      for (;;);
    `;
    const worker = new Worker(text, { eval: true, workerData: port2, transferList: [port2] });
    await inbox.first(1);
    await worker.terminate();
    await inbox.closed;
    expect(inbox.ends).toBe(1);
  });

  it("ends when a message cannot be read on this side", async () => {
    const { port1, port2 } = new MessageChannel();
    const inbox = new Inbox(new PortComm(port1));
    port1.emit("messageerror", new Error("unreadable"));
    const reason = await inbox.closed;
    expect(reason?.message).toMatch(/cannot be read/);
    port2.close();
  });
});
