import { Socket } from "node:net";
import { ClosureError, DependencyError, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { failure, KINDS, shared } from "../../support/parallel.ts";

describe.each(KINDS)("on %s", (kind) => {
  const given = shared(kind);

  describe("a function that captures", () => {
    it("a socket is refused before anything runs, with its name", async () => {
      const socket = new Socket();
      const send = () => socket.remoteAddress;
      await failure(given.executor.run(op(send)), ClosureError, "send", "socket", "Socket");
      socket.destroy();
    });

    it("a socket deep in an object is refused with the way to it", async () => {
      const settings = { connections: [{ socket: new Socket() }] };
      const send = () => settings.connections.length;
      await failure(given.executor.run(op(send)), ClosureError, "send", "settings", "connections", "socket");
      settings.connections[0]?.socket.destroy();
    });

    it("a promise is refused", async () => {
      const later = Promise.resolve(1);
      const wait = () => later;
      await failure(given.executor.run(op(wait)), ClosureError, "wait", "later", /promise/i);
    });

    it("a proxy is refused", async () => {
      const watched = new Proxy({ a: 1 }, {});
      const read = () => watched.a;
      await failure(given.executor.run(op(read)), ClosureError, "read", "watched", /proxy/i);
    });

    it("the `this` of an outer function is refused", async () => {
      class Holder {
        socket = 1;
        node() {
          return op(() => this.socket);
        }
      }
      await failure(given.executor.run(new Holder().node()), ClosureError, "this");
    });

    it("what cannot travel is named after the node's label", async () => {
      const later = Promise.resolve(1);
      const node = delayed(() => later, { label: "my own label" })();
      await failure(given.executor.run(node), ClosureError, "my own label", "later");
    });

    it("what cannot travel does no harm to other nodes of later runs", async () => {
      const later = Promise.resolve(1);
      const good = op((x: number) => x + 1, 1);
      const bad = op((x: number) => [x, later], good);
      await failure(given.executor.run([good, bad], { throwError: false }), ClosureError, "later");
      expect(await given.executor.collect(good)).toBe(2);
    });
  });

  describe("an argument that cannot travel", () => {
    const take = (x: unknown) => typeof x;

    it("is refused with the node's label and the way to it", async () => {
      const socket = new Socket();
      const node = delayed(take, { label: "taker" })({ list: [1, { socket }] } as never);
      await failure(given.executor.run(node), ClosureError, "taker", "list", "socket");
      socket.destroy();
    });

    it("is refused although it is the argument itself", async () => {
      const socket = new Socket();
      await failure(
        given.executor.run(delayed(take, { label: "taker" })(socket)),
        ClosureError,
        "taker",
        "Socket",
      );
      socket.destroy();
    });

    it("is refused as the value of an input", async () => {
      const given1 = op(take, 1);
      const node = delayed(take, { label: "taker" })(given1);
      const inputs = new Map([[given1, new Socket()]]) as never;
      await failure(given.executor.run(node, { inputs }), ClosureError, "Socket");
    });
  });

  describe("a result that cannot travel", () => {
    it("is its task's error, with label and way", async () => {
      const make = () => ({ rows: [{ wait: new Promise(() => {}) }] });
      const node = delayed(make, { label: "maker" })();
      const error = await failure(given.executor.run(node), DependencyError, "maker");
      expect(error.cause).toBeInstanceOf(ClosureError);
      expect((error.cause as ClosureError).path.join(" ")).toMatch(/maker.*rows.*0.*wait/);
      expect(error.cause.message).toMatch(/promise/i);
    });

    it("is so also when another task of the same worker wanted it", async () => {
      const socketOf = process.getBuiltinModule("node:net").Socket;
      const make = delayed(() => ({ inner: new socketOf() }), { label: "maker" })();
      const use = op((x: object) => Object.keys(x).length, make as never);
      const [result] = await given.executor.run([use], { throwError: false });
      const error = result?.unwrapError();
      expect(error).toMatchObject({ label: "maker", path: ["maker", use.label] });
      expect(error?.cause).toBeInstanceOf(ClosureError);
      expect(error?.cause.message).toMatch(/inner[\s\S]*Socket/);
    });

    it("leaves the worker as it was", async () => {
      await failure(given.executor.run(op(() => new Proxy({}, {}))), DependencyError, "anonymous");
      expect(await given.executor.collect(op(() => 1))).toBe(1);
    });
  });

  describe("results of nothing", () => {
    const nothings: [string, () => unknown][] = [
      ["undefined", () => undefined],
      ["null", () => null],
      ["an empty string", () => ""],
      ["an empty array", () => []],
      ["an empty Uint8Array", () => new Uint8Array(0)],
      ["an empty Buffer", () => Buffer.alloc(0)],
      ["an empty ArrayBuffer", () => new ArrayBuffer(0)],
      ["an empty view of something", () => new Float64Array(100_000).subarray(5, 5)],
      ["an empty Map", () => new Map()],
    ];

    it.each(nothings)("%s arrives, here and at another worker", async (_, make) => {
      const { executor } = given;
      const made = delayed(make, { workers: ["worker-1"] })();
      const again = delayed((x: unknown) => [x], { workers: ["worker-2"] })(made);
      const results = await executor.run([made, again]);
      const [here, there] = await Promise.all(results.map((one) => one.fetch()));
      expect(here).toEqual(make());
      expect(there).toEqual([make()]);
      for (const one of results) one.chunk.release();
    });
  });
});
