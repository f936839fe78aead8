import { describe, expect, it } from "vitest";
import { FrameReader, piecesOf } from "../../../src/dask/protocol/framing.ts";
import { handshakeFrames, readHandshake } from "../../../src/dask/protocol/handshake.ts";
import { encodeMessage } from "../../../src/dask/protocol/message.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { bytesOf, GOLDEN } from "../golden/golden.ts";

describe("the handshake", () => {
  it.each(GOLDEN)("is that of Python $release, byte by byte", ({ handshake }) => {
    expect(Buffer.concat(piecesOf(handshakeFrames())).toString("hex")).toBe(handshake);
    const [frames] = new FrameReader().push(bytesOf(handshake));
    expect(readHandshake(frames!)).toEqual({ compression: null, pickleProtocol: 5 });
  });

  it("is told from other messages", () => {
    for (const message of [{ op: "identity" }, [], null, { "pickle-protocol": "5" }]) {
      expect(() => readHandshake(encodeMessage(message))).toThrow(DaskProtocolError);
    }
    expect(readHandshake(encodeMessage({ "pickle-protocol": 4, compression: "lz4" }))).toEqual({
      compression: "lz4",
      pickleProtocol: 4,
    });
  });
});
