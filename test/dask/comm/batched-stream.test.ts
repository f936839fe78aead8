import { describe, expect, it } from "vitest";
import { BatchedStream } from "../../../src/dask/comm/batched-stream.ts";
import { CommError } from "../../../src/errors.ts";
import { Deferred } from "../../../src/nodes/result.ts";
import { connectedPair } from "./connections.ts";

const ignore = { onMessages: () => {}, onClose: () => {} };

describe("a stream", () => {
  it("sends the first message at once, and later ones together, in order", async () => {
    await using pair = await connectedPair();
    const stream = new BatchedStream(pair.here, { ...ignore, interval: 50 });
    stream.send("a", "b");
    stream.send("c");
    expect(await pair.there.read()).toEqual(["a", "b", "c"]);
    stream.send("d");
    await Promise.resolve();
    stream.send("e");
    setTimeout(() => stream.send("f"), 1);
    expect(await pair.there.read()).toEqual(["d", "e", "f"]);
  });

  it("keeps what can wait for what is sent next, or for the interval", async () => {
    await using pair = await connectedPair();
    const stream = new BatchedStream(pair.here, { ...ignore, interval: 20 });
    stream.sendLater("a");
    await new Promise((resolve) => setImmediate(resolve));
    stream.sendLater("b");
    stream.send("c");
    expect(await pair.there.read()).toEqual(["a", "b", "c"]);
    stream.sendLater("d");
    expect(await pair.there.read()).toEqual(["d"]);
  });

  it("takes lists, and single messages", async () => {
    await using pair = await connectedPair();
    const taken: unknown[] = [];
    const three = new Deferred<void>();
    const onMessages = (messages: readonly unknown[]): void => {
      taken.push(...messages);
      if (taken.length === 3) three.resolve();
    };
    new BatchedStream(pair.here, { ...ignore, onMessages });
    await pair.there.write([{ op: "one" }, { op: "two" }]);
    await pair.there.write({ op: "three" });
    await three.promise;
    expect(taken).toEqual(["one", "two", "three"].map((op) => new Map([["op", op]])));
  });

  it("goes on when a message could not be dealt with", async () => {
    await using pair = await connectedPair();
    const lines: string[] = [];
    const second = new Deferred<unknown>();
    let count = 0;
    const onMessages = (messages: readonly unknown[]): void => {
      if (count++ === 0) throw new Error("too early");
      second.resolve(messages);
    };
    new BatchedStream(pair.here, { ...ignore, onMessages, log: (line) => lines.push(line) });
    await pair.there.write([{ op: "one" }]);
    await pair.there.write([{ op: "two" }]);
    expect(await second.promise).toEqual([new Map([["op", "two"]])]);
    expect(lines).toEqual([`a message of ${pair.here.peer} could not be dealt with: too early`]);
  });

  it("sends what is left when it is closed", async () => {
    const pair = await connectedPair();
    const closed = new Deferred<unknown>();
    const stream = new BatchedStream(pair.here, { ...ignore, interval: 1e6, onClose: closed.resolve });
    stream.send(1);
    expect(await pair.there.read()).toEqual([1]);
    stream.send(2, 3);
    const closing = stream.close();
    expect(await pair.there.read()).toEqual([2, 3]);
    await closing;
    expect(await closed.promise).toBeUndefined();
    stream.send(4);
    await expect(pair.there.read()).rejects.toThrow("was closed by the other side");
    await pair[Symbol.asyncDispose]();
  });

  it("says when the other side is gone", async () => {
    const pair = await connectedPair();
    const closed = new Deferred<unknown>();
    new BatchedStream(pair.here, { ...ignore, onClose: closed.resolve });
    pair.there.abort();
    expect(await closed.promise).toBeInstanceOf(CommError);
    await pair[Symbol.asyncDispose]();
  });

  it("ends when a message cannot be sent: nobody would know that it is missing", async () => {
    await using pair = await connectedPair();
    const closed = new Deferred<CommError | undefined>();
    const stream = new BatchedStream(pair.here, { ...ignore, onClose: closed.resolve });
    stream.send({ bad: Symbol("no") });
    expect((await closed.promise)?.message).toContain("as a message cannot be sent");
  });
});
