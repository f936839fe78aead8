import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import type { Comm } from "../../src/comm/comm.ts";
import { connect } from "../../src/comm/connect.ts";
import { newToken } from "../../src/comm/handshake.ts";
import { listen } from "../../src/comm/listen.ts";
import { commContract, Inbox } from "../support/comm-contract.ts";
import { freeAddress } from "../support/sockets.ts";

const token = newToken();

async function listening() {
  const { address, remove } = await freeAddress();
  const accepted: [string, Comm][] = [];
  let onAccepted = (): void => {};
  const server = await listen({
    address,
    token,
    onConnection: (name, comm) => {
      accepted.push([name, comm]);
      onAccepted();
    },
  });
  return {
    address,
    server,
    accepted,
    next: () =>
      new Promise<[string, Comm]>((resolve) => {
        onAccepted = () => resolve(accepted.at(-1)!);
      }),
    release: async () => {
      server.close();
      await remove();
    },
  };
}

describe("a connection", () => {
  commContract(
    async () => {
      const { address, next, release, server } = await listening();
      const connected = next();
      const connection = once(server, "connection") as Promise<[Socket]>;
      const here = connect({ address, token, name: "me" });
      const [, there] = await connected;
      const [socket] = await connection;
      return { here, there, breakDown: () => socket.destroy(), release };
    },
    { givesReason: true, moves: false, sharesMemory: false },
  );

  it("says who has connected", async () => {
    const { address, next, release } = await listening();
    const connected = next();
    const comm = connect({ address, token, name: "żółw" });
    expect((await connected)[0]).toBe("żółw");
    comm.close();
    await release();
  });

  it("can be used before it is there", async () => {
    const { address, next, release } = await listening();
    const connected = next();
    const comm = connect({ address, token, name: "me" });
    comm.send("early");
    comm.flush();
    const inbox = new Inbox((await connected)[1]);
    expect(await inbox.first(1)).toEqual(["early"]);
    comm.close();
    await inbox.closed;
    await release();
  });

  it("ends with a reason if nobody listens", async () => {
    const { address, remove } = await freeAddress();
    const comm = connect({ address, token, name: "me" });
    comm.send("into nothing");
    expect((await new Inbox(comm).closed)?.message).toMatch(/ENOENT/);
    await remove();
  });

  it("ends with a reason if the token is another one, and nothing of it is read", async () => {
    const { address, accepted, release } = await listening();
    const comm = connect({ address, token: newToken(), name: "stranger" });
    comm.send("evil");
    expect(await new Inbox(comm).closed).toBeInstanceOf(Error);
    expect(accepted).toEqual([]);
    await release();
  });

  it("ends if there are no messages behind the token", async () => {
    const { address, accepted, release } = await listening();
    const socket = connectSocket(address);
    socket.write(token);
    socket.write("this is not the name of a worker");
    socket.resume();
    await once(socket, "close");
    expect(accepted).toEqual([]);
    await release();
  });
});

describe("a listener", () => {
  it("removes its socket when it is closed, and leaves the channels that it has accepted", async () => {
    const { address, next, server, release } = await listening();
    const connected = next();
    const comm = connect({ address, token, name: "me" });
    const [, there] = await connected;
    server.close();
    expect(existsSync(address)).toBe(false);
    const inbox = new Inbox(comm);
    there.send("still here");
    expect(await inbox.first(1)).toEqual(["still here"]);
    comm.close();
    await inbox.closed;
    await release();
  });

  it("fails where another one listens", async () => {
    const { address, release } = await listening();
    await expect(listen({ address, token, onConnection: () => {} })).rejects.toThrow(/EADDRINUSE/);
    await release();
  });
});
