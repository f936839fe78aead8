import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { expectToken, newToken, showToken } from "../../src/comm/handshake.ts";
import { socketPair } from "../support/sockets.ts";

const token = newToken();
let release = async (): Promise<void> => {};
afterEach(() => release());

async function pair() {
  const opened = await socketPair();
  release = async () => {
    opened.near.destroy();
    opened.far.destroy();
    await opened.release();
  };
  return opened;
}

describe("a token", () => {
  it("is another one each time", () => {
    expect(newToken()).not.toEqual(newToken());
    expect(token.byteLength).toBe(32);
  });

  it("opens the connection, and what follows it is there to be read", async () => {
    const { near, far } = await pair();
    const accepted = new Promise<void>((resolve) => expectToken(far, token, resolve));
    showToken(near, token);
    near.write("what follows");
    await accepted;
    const [chunk] = await once(far, "data");
    expect(String(chunk)).toBe("what follows");
  });

  it("may come in pieces", async () => {
    const { near, far } = await pair();
    const accepted = new Promise<void>((resolve) => expectToken(far, token, resolve));
    for (const byte of token) {
      near.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await accepted;
    near.write("!");
    expect(String((await once(far, "data"))[0])).toBe("!");
  });

  it.each([
    ["another one", () => newToken()],
    ["a part of it", () => token.subarray(0, 31)],
    ["text", () => Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ])("ends the connection if it is %s", async (_, shown) => {
    const { near, far } = await pair();
    let accepted = false;
    expectToken(far, token, () => {
      accepted = true;
    });
    near.end(shown());
    near.resume();
    await once(near, "close");
    expect(accepted).toBe(false);
    expect(far.destroyed).toBe(true);
  });
});
