import { once } from "node:events";
import { MessageChannel, type Transferable } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { ClaimTable, SharedClaims } from "../../src/spawn/claims.ts";
import { joinFromThread } from "../../src/spawn/thread-side.ts";
import { Inbox } from "../support/comm-contract.ts";

// With a controller: threads.test.ts.
describe("a thread that joins", () => {
  it("says so, and asks its controller to hand on a channel", async () => {
    const control = new MessageChannel();
    const service = new MessageChannel();
    const memory = ClaimTable.newMemory();
    const seed = { id: "a", data: 1 };
    const requests: Record<string, unknown>[] = [];
    service.port1.on("message", (request) => requests.push(request));
    const joined = joinFromThread({ seed, control: control.port2, service: service.port2, memory });
    const mine = joined.peers.connect("b", undefined);
    mine.send("hello");
    while (requests.length < 2) await once(service.port1, "message");
    expect(requests).toMatchObject([{ op: "joined" }, { op: "connect", peerId: "b" }]);
    expect(joined.seed).toBe(seed);
    const ticket = new SharedClaims(memory).offer();
    expect(joined.claims.take(ticket)).toBe(true);

    // The other end comes back, as that of a peer that has connected here.
    const connected = new Promise<Inbox>((resolve) => {
      joined.peers.onConnection = (peerId, comm) => {
        expect(peerId).toBe("c");
        resolve(new Inbox(comm));
      };
    });
    const port = requests[1]!.port as Transferable;
    service.port1.postMessage({ peerId: "c", port }, [port]);
    expect(await (await connected).first(1)).toEqual(["hello"]);
    for (const one of [control, service]) one.port1.close();
    mine.close();
  });
});
