import { afterEach, describe, expect, it } from "vitest";
import type { Spawn, SpawnedWorker } from "../../src/spawn/spawn.ts";
import { Inbox } from "./comm-contract.ts";

/** The entry that these tests start: it does what it is told. */
export const ENTRY: URL = new URL("../spawn/fixtures/worker.mjs", import.meta.url);

export interface SpawnTraits {
  /** What ends a worker that is terminated. */
  readonly killed: { code: number | null; signal: string | null };
  /** A worker that uses too much memory dies of this. */
  readonly smallMemory: () => Spawn;
  /** A worker with this entry. */
  readonly withEntry: (entry: URL) => Spawn;
}

/** A worker that takes orders, and its answers. */
export class Servant {
  readonly worker: SpawnedWorker;
  readonly inbox: Inbox;

  constructor(worker: SpawnedWorker) {
    this.worker = worker;
    this.inbox = new Inbox(worker.comm);
  }

  /** The answer, or what the worker sends first while it obeys. */
  ask(order: string, value?: unknown): Promise<unknown> {
    const answer = this.inbox.next();
    this.worker.comm.send({ order, value });
    return answer;
  }

  /** Nothing is answered. */
  tell(order: string, value?: unknown): void {
    this.worker.comm.send({ order, value, silent: true });
  }
}

const servants: Servant[] = [];

export function servant(spawn: Spawn, id: string, data?: unknown): Servant {
  const one = new Servant(spawn({ id, data }));
  servants.push(one);
  return one;
}

/** Each test of the file ends all of its workers. */
export function endsWorkers(): void {
  afterEach(async () => {
    await Promise.all(servants.splice(0).map(({ worker }) => worker.terminate()));
  });
}

/** What every kind of worker must do. */
export function spawnContract(spawner: () => Spawn, { killed, smallMemory, withEntry }: SpawnTraits): void {
  endsWorkers();

  describe("a worker", () => {
    it("gets its seed, and takes messages sent before it is ready", async () => {
      const data = { n: 1, bytes: new Uint8Array(3), map: new Map([[1, 2]]) };
      const one = servant(spawner(), "one", data);
      expect(await one.ask("seed")).toEqual({ id: "one", data });
      await one.worker.ready;
      expect(one.worker.id).toBe("one");
    });

    it("starts beside others", async () => {
      const spawn = spawner();
      const all = ["a", "b", "c"].map((id) => servant(spawn, id, id));
      await Promise.all(all.map(({ worker }) => worker.ready));
      const answers = await Promise.all(all.map((one) => one.ask("seed")));
      expect(answers).toEqual(["a", "b", "c"].map((id) => ({ id, data: id })));
      const names = all.map(({ worker }) => worker.threadId ?? worker.pid);
      expect(new Set(names).size).toBe(3);
    });

    it("ends when the controller closes its channel", async () => {
      const one = servant(spawner(), "one");
      await one.worker.ready;
      one.worker.comm.close();
      expect(await one.worker.exited).toEqual({ code: 0, signal: null, error: undefined });
    });

    it("is terminated twice, and at once", async () => {
      const one = servant(spawner(), "one");
      await one.worker.ready;
      await Promise.all([one.worker.terminate(), one.worker.terminate()]);
      expect(await one.worker.exited).toEqual({ ...killed, error: undefined });
      await one.worker.terminate();
    });

    it("is terminated before it is ready", async () => {
      const one = servant(spawner(), "one");
      await one.worker.terminate();
      await expect(one.worker.ready).rejects.toThrow('worker "one" could not start: it was terminated');
    });

    it("is terminated while it computes", async () => {
      const one = servant(spawner(), "one");
      expect(await one.ask("loop")).toBe("looping");
      await one.worker.terminate();
      expect(await one.worker.exited).toEqual({ ...killed, error: undefined });
    });

    it("is terminated while it computes from its first moment on", async () => {
      const one = servant(spawner(), "one", { busy: true });
      await one.inbox.first(1);
      await one.worker.terminate();
      expect(await one.worker.exited).toEqual({ ...killed, error: undefined });
    });
  });

  describe("the end of a worker", () => {
    it.each([0, 7])("is told with its code %i", async (code) => {
      const one = servant(spawner(), "one");
      one.tell("exit", code);
      expect(await one.worker.exited).toEqual({ code, signal: null, error: undefined });
      await one.inbox.closed;
    });

    it("is told after its last message", async () => {
      const one = servant(spawner(), "one");
      one.tell("say and exit");
      await one.worker.exited;
      expect(one.inbox.messages).toEqual(Array.from({ length: 100 }, (_, i) => i));
    });

    it("is told although nobody has taken its messages", async () => {
      const worker = spawner()({ id: "one", data: undefined });
      worker.comm.send({ order: "say and exit" });
      expect(await worker.exited).toEqual({ code: 0, signal: null, error: undefined });
    });

    it("of an error that nobody catches", async () => {
      const one = servant(spawner(), "one");
      one.tell("throw later", "oh no");
      expect((await one.worker.exited).code).toBe(1);
    });

    it("of too much memory", async () => {
      const one = servant(smallMemory(), "one");
      await one.worker.ready;
      one.tell("eat memory");
      expect((await one.worker.exited).error).toMatchObject({ code: "ERR_WORKER_OUT_OF_MEMORY" });
    });
  });

  describe("a worker that cannot start says why", () => {
    const fixture = (name: string): URL => new URL(`../spawn/fixtures/${name}`, import.meta.url);
    it.each<[string, string, RegExp]>([
      ["there is no such file", "nothing.mjs", /Cannot find module .*nothing\.mjs/],
      ["a module is missing", "missing-module.mjs", /Cannot find package 'there-is-no-such-package'/],
      ["an import is wrong", "missing-export.mjs", /does not provide an export named 'nothing'/],
      ["it throws", "throws.mjs", /thrown at the top/],
      ["it exits", "exits.mjs", /it exited with code 9/],
      ["it never joins", "never-joins.mjs", /it exited with code (0|13)/],
    ])("%s", async (_, name, message) => {
      const worker = withEntry(fixture(name))({ id: "one", data: undefined });
      await expect(worker.ready).rejects.toThrow(message);
      await expect(worker.ready).rejects.toMatchObject({
        name: "WorkerStartError",
        code: "ERR_WORKER_START",
        message: expect.stringContaining('worker "one" could not start'),
      });
      await worker.exited;
      worker.comm.send("into nothing");
      expect(await worker.claims.revoke([worker.claims.offer()])).toBeInstanceOf(Array);
      await worker.terminate();
    });
  });

  it("a worker whose seed cannot be cloned does not start", async () => {
    const { worker } = servant(spawner(), "one", { deep: () => 1 });
    await expect(worker.ready).rejects.toThrow(/"one" could not start: .*could not be cloned/);
    await worker.exited;
  });

  describe("claims", () => {
    it("are taken by the worker", async () => {
      const one = servant(spawner(), "one");
      const [a, b] = [one.worker.claims.offer(), one.worker.claims.offer()];
      expect(await one.ask("take", a)).toBe(true);
      expect(await one.worker.claims.revoke([a, b])).toEqual([b]);
      expect(await one.ask("take", b)).toBe(false);
      expect(one.worker.claims.isTaken(a)).not.toBe(false);
    });

    it("are revoked before their task arrives", async () => {
      const one = servant(spawner(), "one");
      const ticket = one.worker.claims.offer();
      expect(await one.worker.claims.revoke([ticket])).toEqual([ticket]);
      expect(await one.ask("take", ticket)).toBe(false);
    });

    it("are revoked while the worker does nothing but compute", async () => {
      const one = servant(spawner(), "one");
      const tickets = [1, 2, 3].map(() => one.worker.claims.offer());
      expect(await one.ask("loop")).toBe("looping");
      expect(await one.worker.claims.revoke(tickets)).toEqual(tickets);
    });

    it("are nobody's when the worker has died", async () => {
      const one = servant(spawner(), "one");
      await one.worker.ready;
      const ticket = one.worker.claims.offer();
      const { claims } = one.worker;
      one.tell("exit", 0);
      await one.worker.exited;
      const revoked = await claims.revoke([ticket]);
      expect([[], [ticket]]).toContainEqual(revoked);
    });

    it("can be revoked again and again by their number", async () => {
      const one = servant(spawner(), "one");
      await one.worker.ready;
      for (let i = 0; i < 3 * one.worker.claims.capacity; i += 1000) {
        const tickets = Array.from({ length: 1000 }, () => one.worker.claims.offer());
        expect(await one.worker.claims.revoke(tickets)).toEqual(tickets);
      }
    });
  });

  describe("peers", () => {
    const two = async (): Promise<[Servant, Servant]> => {
      const spawn = spawner();
      const [a, b] = [servant(spawn, "a"), servant(spawn, "b")];
      await Promise.all([a.worker.ready, b.worker.ready]);
      return [a, b];
    };

    it("talk to each other, and know who does", async () => {
      const [a, b] = await two();
      b.tell("accept");
      a.tell("connect", ["b", b.worker.address]);
      expect(
        await a.ask("tell", ["b", [1, new Float64Array(20_000)]]).then(() => a.inbox.next()),
      ).toBeTruthy();
      expect(a.inbox.messages.at(-1)).toEqual({
        from: "b",
        message: { echo: [1, new Float64Array(20_000)], by: "b", to: "a" },
      });
    });

    it("may connect before the other one takes connections, and both at once", async () => {
      const [a, b] = await two();
      a.tell("connect", ["b", b.worker.address]);
      a.tell("tell", ["b", "early"]);
      b.tell("connect", ["a", a.worker.address]);
      b.tell("tell", ["a", "also"]);
      expect(await a.ask("seed")).toMatchObject({ id: "a" });
      a.tell("accept");
      b.tell("accept");
      expect((await a.inbox.first(2)).at(-1)).toEqual({
        from: "b",
        message: { echo: "early", by: "b", to: "a" },
      });
      expect(await b.inbox.first(1)).toEqual([{ from: "a", message: { echo: "also", by: "a", to: "b" } }]);
    });

    it("learn that the other one has died", async () => {
      const [a, b] = await two();
      b.tell("accept");
      a.tell("connect", ["b", b.worker.address]);
      const echo = a.inbox.next();
      a.tell("tell", ["b", "hello"]);
      await echo;
      const closed = a.inbox.next();
      await b.worker.terminate();
      expect(await closed).toMatchObject({ closed: "b" });
    });

    it("learn that there is no such worker any more", async () => {
      const [a, b] = await two();
      const { address } = b.worker;
      await b.worker.terminate();
      const closed = a.inbox.next();
      a.tell("connect", ["b", address]);
      expect(await closed).toMatchObject({ closed: "b" });
    });
  });
}
