import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/comm/connect.ts";
import { newToken } from "../../src/comm/handshake.ts";
import { listeningAddress } from "../support/sockets.ts";

// What a connection does once it is there: listen.test.ts.
describe("connect", () => {
  it("shows the token before anything else", async () => {
    const { server, address, release } = await listeningAddress();
    const token = newToken();
    const connected = once(server, "connection") as Promise<[Socket]>;
    const comm = connect({ address, token, name: "me" });
    const [socket] = await connected;
    const [chunk] = (await once(socket, "data")) as [Buffer];
    expect(chunk.subarray(0, 32).equals(token)).toBe(true);
    comm.close();
    await release();
  });
});
