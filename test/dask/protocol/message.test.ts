import { describe, expect, it } from "vitest";
import {
  decodeMessage,
  encodeMessage,
  Pickled,
  Serialized,
  wholeFrames,
} from "../../../src/dask/protocol/message.ts";
import { encodeMsgpack } from "../../../src/dask/protocol/msgpack-writer.ts";
import { readValue } from "../../../src/dask/protocol/values.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { fieldOf, framesOf, GOLDEN, pickledOf, serializedOf } from "../golden/golden.ts";

const HEADER = encodeMsgpack({ serializer: "pickle", "num-sub-frames": 1 });

describe("encodeMessage and decodeMessage", () => {
  it("put values beside the message and find them there", () => {
    const value = Serialized.of("own", [Uint8Array.of(1), Uint8Array.of(2)], [["more", 3]]);
    const pickled = new Pickled(Uint8Array.of(4), [Uint8Array.of(5)]);
    const frames = encodeMessage({ list: [value, pickled], again: value });
    expect(frames.length).toBe(1 + 3 + 2 + 3);
    const read = decodeMessage(frames) as Map<string, unknown>;
    const [first, second] = read.get("list") as [Serialized, Pickled];
    expect([first.header, first.frames]).toEqual([value.header, value.frames]);
    expect([second.bytes, second.buffers]).toEqual([pickled.bytes, pickled.buffers]);
    expect((read.get("again") as Serialized).header.get("more")).toBe(3);
  });

  it.each(GOLDEN)("pass on what Python $release has written as it came", ({ messages, values }) => {
    for (const recorded of [...Object.values(values), messages.split!, messages.zlib!]) {
      const frames = framesOf(recorded);
      expect(encodeMessage(decodeMessage(frames))).toEqual(frames);
    }
  });

  it.each(GOLDEN)("read buffers of pickles of Python $release", ({ messages }) => {
    const { buffers } = pickledOf(messages["pickled with buffers"]!, "p");
    expect(buffers).toEqual([new Uint8Array(2000).fill(120)]);
  });

  it.each(GOLDEN)("join what Python $release has split", ({ messages }) => {
    const value = serializedOf(messages.split!, "data");
    expect(value.frames.length).toBe(3);
    expect(readValue(value)).toEqual(Float64Array.from({ length: 300 }, (_, index) => index));
    expect(readValue(serializedOf(messages["compressed text"]!, "data"))).toBe("x".repeat(20_000));
  });

  it("join parts that lie side by side without a copy", () => {
    const memory = new Uint8Array(30);
    const header = new Map<unknown, unknown>([
      ["split-num-sub-frames", [2, 1]],
      ["split-offsets", [0, 2]],
    ]);
    const parts = [memory.subarray(0, 10), memory.subarray(10, 20), memory.subarray(20)];
    const [first, second] = wholeFrames(new Serialized(header, parts));
    expect([first!.buffer, first!.byteOffset, first!.byteLength]).toEqual([memory.buffer, 0, 20]);
    expect(second).toBe(parts[2]);
    const [apart] = wholeFrames(new Serialized(header, [parts[1]!, parts[0]!, parts[2]!]));
    expect(apart!.byteLength).toBe(20);
    expect(apart!.buffer).not.toBe(memory.buffer);
  });

  it("read values without frames of their own", () => {
    const data = [{ serializer: "pickle", writeable: [] }, [Uint8Array.of(0x80, 4, 0x4b, 7, 0x2e)]];
    const value = fieldOf(
      [Buffer.from(encodeMsgpack({ v: { __Serialized__: true, data } })).toString("hex")],
      "v",
    );
    expect(readValue(value as Serialized)).toBe(7);
    expect(() => decodeMessage([encodeMsgpack({ __Serialized__: true, data: 1 })])).toThrow(
      DaskProtocolError,
    );
  });

  it("read a header that is referred to twice once", () => {
    const frames = [encodeMsgpack([{ __Serialized__: 1 }, { __Serialized__: 1 }]), HEADER, new Uint8Array(1)];
    const [first, second] = decodeMessage(frames) as Serialized[];
    expect(first).toBe(second);
  });

  it.each([
    ["no frames", []],
    [
      "a frame that is not there",
      [encodeMsgpack({ __Serialized__: 2 }), HEADER, new Uint8Array(1)].slice(0, 2),
    ],
    ["the first frame", [encodeMsgpack({ __Serialized__: 0 })]],
    ["half a frame", [encodeMsgpack({ __Serialized__: 0.5 })]],
    ["too few frames", [encodeMsgpack({ __Serialized__: 1 }), HEADER]],
    ["a header that is none", [encodeMsgpack({ __Serialized__: 1 }), encodeMsgpack([])]],
    ["a header without a count", [encodeMsgpack({ __Serialized__: 1 }), encodeMsgpack({})]],
    ["a negative count", [encodeMsgpack({ __Serialized__: 1 }), encodeMsgpack({ "num-sub-frames": -1 })]],
    ["a pickle without bytes", [encodeMsgpack({ __Pickled__: 1 }), HEADER, new Uint8Array(1)]],
    [
      "values that share frames",
      [
        encodeMsgpack([{ __Serialized__: 1 }, { __Serialized__: 2 }]),
        encodeMsgpack({ "num-sub-frames": 2 }),
        HEADER,
        new Uint8Array(1),
      ],
    ],
  ])("refuse a message with %s", (_, frames) => {
    expect(() => decodeMessage(frames)).toThrow(DaskProtocolError);
  });

  it.each([
    ["more parts than there are", { "split-num-sub-frames": [3], "split-offsets": [0] }],
    ["parts that are used twice", { "split-num-sub-frames": [2, 2], "split-offsets": [0, 0] }],
    ["parts without offsets", { "split-num-sub-frames": [2] }],
    ["fewer compressions than frames", { compression: [null] }],
    ["an unknown compression", { compression: ["zstd", null] }],
  ])("refuse a value with %s", (_, header) => {
    const value = new Serialized(new Map(Object.entries(header)), [new Uint8Array(1), new Uint8Array(1)]);
    expect(() => wholeFrames(value)).toThrow(DaskProtocolError);
  });
});
