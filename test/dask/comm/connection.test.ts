import { describe, expect, it } from "vitest";
import { connect } from "../../../src/dask/comm/connect.ts";
import { piecesOf } from "../../../src/dask/protocol/framing.ts";
import { handshakeFrames } from "../../../src/dask/protocol/handshake.ts";
import { encodeMessage, Serialized } from "../../../src/dask/protocol/message.ts";
import { CommError } from "../../../src/errors.ts";
import { connectedPair, rawServer } from "./connections.ts";

describe("a connection", () => {
  it("carries messages both ways, in order", async () => {
    await using pair = await connectedPair();
    const { here, there } = pair;
    for (let i = 0; i < 1000; i++) void here.write({ i });
    for (let i = 0; i < 1000; i++) expect(await there.read()).toEqual(new Map([["i", i]]));
    const answer = here.read();
    await there.write(["a", null, 2n ** 60n]);
    expect(await answer).toEqual(["a", null, 2n ** 60n]);
  });

  it("puts large frames where they are to be", async () => {
    const shared: SharedArrayBuffer[] = [];
    const allocate = (bytes: number): Uint8Array => {
      shared.push(new SharedArrayBuffer(bytes));
      return new Uint8Array(shared.at(-1)!);
    };
    await using pair = await connectedPair({ allocate });
    const big = new Uint8Array(3_000_000).map((_, i) => i);
    await pair.here.write({
      big: Serialized.of("dask", [big]),
      small: Serialized.of("dask", [big.subarray(0, 9)]),
    });
    await pair.there.write(Serialized.of("dask", [big]));
    const got = (await pair.there.read()) as Map<string, Serialized>;
    const back = (await pair.here.read()) as Serialized;
    for (const [frame] of [got.get("big")!.frames, back.frames]) {
      expect(Buffer.compare(frame!, big)).toBe(0);
      expect(shared).toContain(frame!.buffer);
    }
    expect(got.get("small")!.frames).toEqual([big.subarray(0, 9)]);
  });

  it("lets the writer wait while nobody reads, and goes on afterwards", async () => {
    await using pair = await connectedPair();
    const { here, there } = pair;
    const chunk = Serialized.of("dask", [new Uint8Array(4 << 20)]);
    let written = 0;
    const writing = (async () => {
      for (let i = 0; i < 40; i++) {
        await here.write({ i, chunk });
        written++;
      }
    })();
    // More than it takes without being read: what waits here, and in the system on both sides.
    const first = await there.read();
    for (let before = -1; before !== written; ) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(written).toBeLessThan(40);
    expect((first as Map<string, unknown>).get("i")).toBe(0);
    for (let i = 1; i < 40; i++)
      expect((await there.read()) as Map<string, unknown>).toHaveProperty("size", 2);
    await writing;
  });

  it("refuses what cannot be encoded, and stays usable", async () => {
    await using pair = await connectedPair();
    await expect(pair.here.write({ bad: Symbol("no") })).rejects.toThrow();
    await pair.here.write("good");
    expect(await pair.there.read()).toBe("good");
  });

  it("sends what was written before it closes; both ends know", async () => {
    const { here, there } = await connectedPair();
    for (let i = 0; i < 100; i++) void here.write(i);
    const closing = here.close();
    for (let i = 0; i < 100; i++) expect(await there.read()).toBe(i);
    await expect(there.read()).rejects.toThrow(
      `the connection to ${there.peer} was closed by the other side`,
    );
    await closing;
    expect(await here.closed).toBeUndefined();
    expect(await there.closed).toBeInstanceOf(CommError);
    await expect(here.write("late")).rejects.toThrow("has been closed here");
    await expect(there.write("late")).rejects.toBeInstanceOf(CommError);
    expect(here.open || there.open).toBe(false);
  });

  it("tells who reads, or waits for room, that it was aborted", async () => {
    const { here, there } = await connectedPair();
    const reading = here.read();
    const chunk = Serialized.of("dask", [new Uint8Array(64 << 20)]);
    const writing = here.write(chunk);
    setImmediate(() => here.abort("was given up by the test"));
    await expect(reading).rejects.toThrow(`the connection to ${here.peer} was given up by the test`);
    await expect(writing).rejects.toThrow("was given up by the test");
    expect((await there.closed)?.address).toBe(there.peer);
  });

  it("ends when it carries what is no message", async () => {
    await using server = await rawServer((socket) => {
      for (const piece of piecesOf(handshakeFrames())) socket.write(piece);
      let bytes = 0;
      socket.on("data", (chunk) => {
        const before = bytes;
        bytes += chunk.byteLength;
        // More than a handshake.
        if (before <= 100 && bytes > 100) socket.write(new Uint8Array(64).fill(0xff));
      });
    });
    const here = await connect(server.address);
    await here.write("go on".repeat(100));
    await expect(here.read()).rejects.toThrow(/carried what cannot be read: a message/);
    expect((await here.closed)?.code).toBe("ERR_COMM");
  });

  it("ends when a message is cut off", async () => {
    await using server = await rawServer((socket) => {
      for (const piece of piecesOf(handshakeFrames())) socket.write(piece);
      socket.end(piecesOf(encodeMessage("cut"))[0]!.subarray(0, 20));
    });
    const here = await connect(server.address);
    await expect(here.read()).rejects.toThrow("was closed by the other side amid a message");
  });

  it("has one reader", async () => {
    await using pair = await connectedPair();
    const first = pair.here.read();
    await expect(pair.here.read()).rejects.toThrow("is being read already");
    await pair.there.write(1);
    expect(await first).toBe(1);
  });
});
