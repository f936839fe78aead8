import { describe, expect, it } from "vitest";
import { SocketComm } from "../../src/comm/socket.ts";
import { ClaimTable } from "../../src/spawn/claims.ts";
import { GuardedClaims, type RevokeRequest } from "../../src/spawn/guard.ts";
import { Inbox } from "../support/comm-contract.ts";
import { socketPair } from "../support/sockets.ts";

async function guarded() {
  const { near, far, release } = await socketPair();
  const guard = new SocketComm(far);
  return {
    claims: new GuardedClaims(new SocketComm(near)),
    guard,
    end: async () => {
      near.destroy();
      far.destroy();
      await release();
    },
  };
}

describe("claims behind a guard", () => {
  it("are revoked as the guard says, whatever the order of its answers", async () => {
    const { claims, guard, end } = await guarded();
    const requests = new Inbox(guard);
    const [a, b, c] = [claims.offer(), claims.offer(), claims.offer()];
    const revoking = [claims.revoke([a, b]), claims.revoke([c])];
    const [first, second] = (await requests.first(2)) as RevokeRequest[];
    expect([first!.tickets, second!.tickets]).toEqual([[a, b], [c]]);
    guard.send({ request: second!.request, revoked: [] });
    guard.send({ request: first!.request, revoked: [b] });
    expect(await Promise.all(revoking)).toEqual([[b], []]);
    expect(claims.isTaken()).toBeUndefined();
    await end();
  });

  it("are released when they are revoked, and only then", async () => {
    const { claims, guard, end } = await guarded();
    const table = new ClaimTable(ClaimTable.newMemory());
    guard.onMessage = (message) => {
      const { request, tickets } = message as RevokeRequest;
      guard.send({ request, revoked: tickets.filter((ticket) => table.revoke(ticket)) });
    };
    const tickets = Array.from({ length: claims.capacity }, () => claims.offer());
    expect(() => claims.offer()).toThrow(RangeError);
    expect(await claims.revoke(tickets)).toEqual(tickets);
    expect(claims.offer()).toBeGreaterThan(0);
    await end();
  });

  it("are revoked by nobody when the guard is gone", async () => {
    const { claims, guard, end } = await guarded();
    const ticket = claims.offer();
    const revoking = claims.revoke([ticket]);
    await new Inbox(guard).first(1);
    await end();
    expect(await revoking).toEqual([]);
    expect(await claims.revoke([ticket])).toEqual([]);
  });
});
