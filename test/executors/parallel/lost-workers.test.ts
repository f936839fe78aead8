import { existsSync, writeFileSync } from "node:fs";
import { DependencyError, delayed, op, WorkerLostError } from "dispatch-graph";
import { describe, expect, it, vi } from "vitest";
import {
  failure,
  fresh,
  isAlive,
  KINDS,
  kill,
  Marks,
  shared,
  WAIT,
  workerOf,
} from "../../support/parallel.ts";
import { dieOnce, hang } from "./fixtures/tasks.ts";

const double = (x: number) => 2 * x;

describe.each(KINDS)("on %s", (kind) => {
  describe("a task that keeps ending its worker", () => {
    const given = shared(kind);

    it.each([0, 3])("with process.exit(%i) is given up", async (code) => {
      const node = delayed((n: number) => process.exit(n), { label: "exits" })(code);
      const error = await failure(
        given.executor.run(node),
        DependencyError,
        '"exits"',
        `exited with code ${code}`,
      );
      expect(error.cause).toBeInstanceOf(WorkerLostError);
      expect(error).toMatchObject({ label: "exits", cause: { code: "ERR_WORKER_LOST" } });
    });

    it("with an error in a timer is given up, and the error told", async () => {
      const bomb = () => {
        setTimeout(() => {
          throw new RangeError("in the timer");
        }, 0);
        return new Promise(() => {});
      };
      const error = await failure(
        given.executor.run(delayed(bomb, { label: "bomb" })()),
        DependencyError,
        '"bomb"',
        "in the timer",
      );
      expect(error.cause).toBeInstanceOf(WorkerLostError);
    });

    it("with a rejection that nobody handles is given up", async () => {
      const bomb = () => {
        void Promise.reject(new RangeError("left alone"));
        return new Promise(() => {});
      };
      await failure(
        given.executor.run(delayed(bomb, { label: "bomb" })()),
        DependencyError,
        '"bomb"',
        "left alone",
      );
    });

    it("is given up while its fellow tasks get their results", async () => {
      const exits = delayed(() => process.exit(3), { label: "exits" })();
      const fellows = Array.from({ length: 20 }, (_, i) => op(double, i));
      const after = op((x: unknown) => x, exits);
      const results = await given.executor.run([exits, after, ...fellows], { throwError: false });
      expect(results[0]?.unwrapError().cause).toBeInstanceOf(WorkerLostError);
      expect(results[1]?.unwrapError()).toMatchObject({ label: "exits", path: ["exits", after.label] });
      expect(await Promise.all(results.slice(2).map((one) => one.fetch()))).toEqual(
        fellows.map((_, i) => 2 * i),
      );
      for (const one of results.slice(2)) one.chunk.release();
    });

    it("is not what its retries are for", async () => {
      const marks = new Marks();
      const exits = (directory: string) => {
        const { readdirSync, writeFileSync } = process.getBuiltinModule("node:fs");
        writeFileSync(`${directory}/${readdirSync(directory).length}`, "");
        process.exit(3);
      };
      const node = delayed(exits, { label: "exits", retries: 100, retryOn: () => true })(marks.directory);
      await failure(given.executor.run(node), DependencyError, '"exits"');
      expect(existsSync(marks.path("3"))).toBe(true);
      expect(existsSync(marks.path("4"))).toBe(false);
    });
  });

  describe("a worker that is lost", () => {
    it("while it computes is replaced, and its task begun again", async () => {
      const executor = fresh(kind);
      const nodes = Array.from({ length: 4 }, (_, i) => op(dieOnce, new Marks().path("died"), i));
      expect(await executor.collect(op((all: number[]) => all, nodes))).toEqual([0, 1, 2, 3]);
      expect(executor.workers.map(({ id }) => id)).toEqual(["worker-1", "worker-2"]);
    });

    it("with the only copy of a kept result costs its computing again, after the run too", async () => {
      const executor = fresh(kind);
      const big = op((n: number) => new Float64Array(n).fill(7), 20_000);
      const one = await executor.compute(big);
      const chunk = await executor.compute(op((x: Float64Array) => x.map((y) => y + 1), big));
      expect(chunk.bytes).toBeGreaterThanOrEqual(160_000);
      for (const worker of executor.workers) await kill(executor, worker);
      expect((await chunk.fetch())[19_999]).toBe(8);
      expect((await one.fetch())[0]).toBe(7);
      expect((await chunk.fetch()).length).toBe(20_000);
      chunk.release();
      one.release();
      await vi.waitFor(() => expect(executor.stats().bytesHeld).toBe(0), WAIT);
    });

    it("with the input of a task that goes on costs its computing again", async () => {
      const executor = fresh(kind);
      const marks = new Marks();
      const big = delayed((n: number) => new Float64Array(n).fill(7), { workers: ["worker-1"] })(20_000);
      const wait = (mark: string, begun: string) => {
        const { existsSync, writeFileSync } = process.getBuiltinModule("node:fs");
        writeFileSync(begun, "");
        return new Promise<number>((resolve) => {
          const timer = setInterval(() => {
            if (!existsSync(mark)) return;
            clearInterval(timer);
            resolve(1);
          }, 2);
        });
      };
      const gate = delayed(wait, { workers: ["worker-2"] })(marks.path("go"), marks.path("waits"));
      const sum = op((x: Float64Array, y: number) => x.reduce((a, b) => a + b, 0) + y, big, gate);
      const made = new Promise<void>((resolve) => {
        executor.on("task", ({ label, to }) => {
          if (label === big.label && to === "memory") resolve();
        });
      });
      const running = executor.collect(sum);
      await Promise.all([made, marks.seen("waits")]);
      // Not whoever holds it: the other one may have taken it over already, and is waiting.
      await kill(executor, workerOf(executor, "worker-1"));
      writeFileSync(marks.path("go"), "");
      expect(await running).toBe(140_001);
    });

    it("in the place that a task is pinned to is waited for", async () => {
      const executor = fresh(kind);
      const node = delayed(dieOnce<number>, { workers: ["worker-2"] })(new Marks().path("died"), 5);
      expect(await executor.collect(node)).toBe(5);
    });
  });

  describe("all workers lost at once", () => {
    it("while idle are replaced by the next run", async () => {
      const executor = fresh(kind);
      await executor.run(Array.from({ length: 10 }, (_, i) => op(double, i)));
      await Promise.all(executor.workers.map((worker) => kill(executor, worker)));
      expect(await executor.collect(op(double, 4))).toBe(8);
    });

    it("while busy cost nothing but time", async () => {
      const executor = fresh(kind, { workers: 3 });
      const marks = new Marks();
      const firsts = [0, 1, 2].map((i) => op(dieOnce, marks.path(`died-${i}`), i));
      const nodes = firsts.map((first) => op(double, first));
      const results = await executor.run(nodes);
      expect(await Promise.all(results.map((one) => one.fetch()))).toEqual([0, 2, 4]);
    });
  });
});

describe("a process that is killed", () => {
  it("while another one waits for a value of it costs the value's computing again", async () => {
    const executor = fresh("processes");
    const marks = new Marks();
    const make = (n: number, mark: string) => {
      process.getBuiltinModule("node:fs").appendFileSync(mark, "x");
      return new Uint8Array(n).fill(1);
    };
    const big = delayed(make, { label: "big", workers: ["worker-1"] })(30_000_000, marks.path("made"));
    const length = delayed((x: Uint8Array) => x.length, { label: "length", workers: ["worker-2"] })(big);
    let pid = 0;
    const asked = new Promise<void>((resolve) => {
      executor.on("task", ({ label, to }) => {
        if (label === "length" && to === "processing") resolve();
        if (label !== "big" || to !== "memory" || pid !== 0) return;
        pid = workerOf(executor, "worker-1").pid;
        // It can be asked from now on, and cannot answer.
        process.kill(pid, "SIGSTOP");
      });
    });
    const running = executor.collect(length);
    await asked;
    // This one comes to the worker later than the order that makes it ask.
    await executor.collect(delayed(double, { workers: ["worker-2"] })(1));
    process.kill(pid, "SIGKILL");
    expect(await running).toBe(30_000_000);
    expect(await marks.seen("made")).toBe("xx");
  });

  it("as it begins to send costs no wrong result", async () => {
    const executor = fresh("processes");
    const big = (n: number) => new Uint8Array(n).fill(1);
    for (let round = 0; round < 3; round++) {
      const made = delayed(big, { workers: ["worker-1"] })(30_000_000 + round);
      const count = delayed((x: Uint8Array) => x.reduce((a, b) => a + b, 0), { workers: ["worker-2"] })(made);
      const isMade = new Promise<void>((resolve) => {
        executor.on("task", ({ label, to }) => {
          if (label === made.label && to === "memory") resolve();
        });
      });
      const running = executor.collect(count);
      await isMade;
      process.kill(workerOf(executor, "worker-1").pid, "SIGKILL");
      expect(await running).toBe(30_000_000 + round);
    }
  });

  it("while it waits is replaced", async () => {
    const executor = fresh("processes", { workers: 1 });
    const marks = new Marks();
    const controller = new AbortController();
    const running = executor.run(op(hang, marks.path("hangs")), { signal: controller.signal });
    await marks.seen("hangs");
    const { pid } = workerOf(executor, "worker-1");
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT);
    await vi.waitFor(() => expect(workerOf(executor, "worker-1").pid).not.toBe(pid), WAIT);
    controller.abort(new RangeError("enough"));
    await failure(running, RangeError, "enough");
    expect(await executor.collect(op(double, 1))).toBe(2);
  });

  it("with all others, and again, costs nothing but time", async () => {
    const executor = fresh("processes");
    const marks = new Marks();
    const slow = (i: number, begun: string, go: string) => {
      const fs = process.getBuiltinModule("node:fs");
      fs.writeFileSync(begun, "");
      while (!fs.existsSync(go));
      return i;
    };
    const nodes = [0, 1].map((i) => op(slow, i, marks.path(`begun-${i}`), marks.path("go")));
    const running = executor.collect(op((all: number[]) => all, nodes));
    for (const round of [1, 2]) {
      await Promise.all([marks.seen("begun-0"), marks.seen("begun-1")]);
      for (const i of [0, 1]) process.getBuiltinModule("node:fs").rmSync(marks.path(`begun-${i}`));
      if (round === 2) writeFileSync(marks.path("go"), "");
      for (const { pid } of executor.workers) process.kill(pid, "SIGKILL");
    }
    expect(await running).toEqual([0, 1]);
  });
});
