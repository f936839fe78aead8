import { fork } from "node:child_process";
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { SocketComm } from "../../src/comm/socket.ts";
import { commContract, Inbox } from "../support/comm-contract.ts";
import { listeningAddress, socketPair } from "../support/sockets.ts";

const traits = { givesReason: true, moves: false, sharesMemory: false };

describe("SocketComm", () => {
  commContract(async () => {
    const { near, far, release } = await socketPair();
    return {
      here: new SocketComm(near),
      there: new SocketComm(far),
      breakDown: () => far.destroy(),
      release,
    };
  }, traits);
});

describe("SocketComm that reads into place", () => {
  commContract(async () => {
    let near!: Socket;
    const { far, release, comm } = await socketPair((path) => {
      const comm = new SocketComm((onread) => {
        near = connectSocket({ path, onread });
        return near;
      });
      return { near, comm };
    });
    // Both directions: what is sent to it is what it reads into place.
    return { here: new SocketComm(far), there: comm!, breakDown: () => near.destroy(), release };
  }, traits);
});

describe("SocketComm to another process", () => {
  const started = async (task: string) => {
    const { address, release, server } = await listeningAddress();
    const connected = once(server, "connection") as Promise<[Socket]>;
    const child = fork(new URL("fixtures/peer.mjs", import.meta.url), [address, task], { execArgv: [] });
    const exited = once(child, "exit");
    const comm = new SocketComm((await connected)[0]);
    return {
      comm,
      inbox: new Inbox(comm),
      child,
      end: async () => {
        comm.close();
        child.kill("SIGKILL");
        await exited;
        await release();
      },
      exited,
    };
  };

  it("brings large arrays unchanged, there and back", async () => {
    const { comm, inbox, end } = await started("echo");
    const arrays = Array.from({ length: 4 }, (_, i) => new Float64Array(1_000_000).fill(i + 0.5));
    for (const array of arrays) comm.send(array);
    const arrived = (await inbox.first(4)) as Float64Array[];
    for (const [i, array] of arrays.entries()) {
      expect(arrived[i]).toBeInstanceOf(Float64Array);
      expect(Buffer.compare(Buffer.from(arrived[i]!.buffer), Buffer.from(array.buffer))).toBe(0);
    }
    await end();
  });

  it("tells of a peer that is killed amid a message", async () => {
    const { inbox, child, end } = await started("flood");
    await inbox.first(1);
    child.kill("SIGKILL");
    expect((await inbox.closed)?.message).toMatch(/the other side has gone/);
    await end();
  });

  it("tells of a peer that is killed amid what is sent to it", async () => {
    const { comm, inbox, child, end } = await started("stop reading");
    for (let i = 0; i < 20; i++) comm.send(new Uint8Array(4_000_000));
    child.kill("SIGKILL");
    expect(await inbox.closed).toBeInstanceOf(Error);
    await end();
  });

  it("delivers what was sent before the process exits in order", async () => {
    const { inbox, end } = await started("send, close and end");
    await inbox.closed;
    expect(inbox.messages).toHaveLength(11);
    await end();
  });

  it("keeps no process alive when it is unref'd", async () => {
    const { exited, end } = await started("unref");
    expect(await exited).toEqual([0, null]);
    await end();
  });
});

describe("small messages of one turn", () => {
  it("leave together", async () => {
    const { near, far, release } = await socketPair();
    const [here, there] = [new SocketComm(near), new SocketComm(far)];
    const inbox = new Inbox(there);
    let writes = 0;
    const write = near.write;
    near.write = ((...args: Parameters<typeof write>) => {
      writes++;
      return write.apply(near, args);
    }) as typeof write;
    for (let i = 0; i < 1000; i++) here.send([i, "small"]);
    await inbox.first(1000);
    expect(writes).toBeLessThan(10);
    here.close();
    await inbox.closed;
    await release();
  });
});
