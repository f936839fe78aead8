import { writeFileSync } from "node:fs";
import { delayed, ExecutorError, op, type ParallelExecutor } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { failure, fresh, KINDS, Marks } from "../../support/parallel.ts";
import { whereAmI } from "./fixtures/tasks.ts";

const double = (x: number) => 2 * x;

/** Waits until a file is there. */
function gate<T>(begun: string, go: string, value: T): Promise<T> {
  const fs = process.getBuiltinModule("node:fs");
  fs.writeFileSync(begun, "");
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!fs.existsSync(go)) return;
      clearInterval(timer);
      resolve(value);
    }, 2);
  });
}

/** Who began which tasks. */
function beginnings(executor: ParallelExecutor): Map<string, string | undefined> {
  const began = new Map<string, string | undefined>();
  executor.on("task", ({ label, to, worker }) => {
    if (to === "processing") began.set(label, worker);
  });
  return began;
}

describe.each(KINDS)("on %s", (kind) => {
  describe("workers", () => {
    it("are as many as asked for, in threads or processes of their own", async () => {
      const executor = fresh(kind, { workers: 3 });
      const places = executor.workers.map(({ id }) => delayed(whereAmI, { workers: [id] })());
      const found = await executor.collect(op((all: string[]) => all, places));
      expect(new Set(found).size).toBe(3);
      expect(found).not.toContain(whereAmI());
      const pids = new Set(executor.workers.map(({ pid }) => pid));
      expect(pids.size).toBe(kind === "threads" ? 1 : 3);
      expect(pids.has(process.pid)).toBe(kind === "threads");
    });

    it("can be added during a run, and take part in it", async () => {
      const executor = fresh(kind, { workers: 1 });
      const marks = new Marks();
      const nodes = [0, 1, 2].map((i) => op(gate<number>, marks.path(`begun-${i}`), marks.path("go"), i));
      const running = executor.collect(op((all: number[]) => all, nodes));
      await marks.seen("begun-0");
      expect(await executor.addWorkers(2)).toEqual(["worker-2", "worker-3"]);
      // All at once, on one worker each.
      await Promise.all([marks.seen("begun-1"), marks.seen("begun-2")]);
      writeFileSync(marks.path("go"), "");
      expect(await running).toEqual([0, 1, 2]);
      expect(executor.workers.map(({ id }) => id)).toEqual(["worker-1", "worker-2", "worker-3"]);
    });

    it("can be added to none", async () => {
      const executor = fresh(kind, { workers: 0 });
      expect(await executor.collect(op(whereAmI))).toBe(whereAmI());
      await executor.addWorkers(1);
      expect(await executor.collect(op(whereAmI))).not.toBe(whereAmI());
    });

    it("can be removed while they compute: their tasks go elsewhere", async () => {
      const executor = fresh(kind);
      const marks = new Marks();
      const began = beginnings(executor);
      const nodes = [0, 1].map((i) =>
        delayed(gate<number>, { label: `gate-${i}` })(marks.path(`begun-${i}`), marks.path("go"), i),
      );
      const others = Array.from({ length: 10 }, (_, i) => op(double, i));
      const running = executor.collect(op((...all: number[]) => all.length, ...nodes, ...others));
      await Promise.all([marks.seen("begun-0"), marks.seen("begun-1")]);
      const gone = began.get("gate-0")!;
      const removed = executor.removeWorker(gone);
      expect(executor.workers.map(({ id }) => id)).not.toContain(gone);
      await removed;
      expect(executor.workers.map(({ id }) => id)).not.toContain(gone);
      writeFileSync(marks.path("go"), "");
      expect(await running).toBe(12);
      expect(began.get("gate-0")).not.toBe(gone);
    });

    it("that hold the only copy can be removed: it is computed again", async () => {
      const executor = fresh(kind);
      const make = delayed((n: number) => new Float64Array(n).fill(3), { label: "make" });
      const chunk = await executor.compute(make(50_000));
      const holder = executor.workers.find(({ bytesHeld }) => bytesHeld > 0)!;
      await executor.removeWorker(holder.id);
      expect((await chunk.fetch())[49_999]).toBe(3);
      expect(executor.workers).toHaveLength(1);
    });

    it("can all be removed: a run under way says so, later ones run here, or on others that come", async () => {
      const executor = fresh(kind);
      const marks = new Marks();
      const running = executor.run(op(gate<number>, marks.path("begun"), marks.path("go"), 1));
      const ended = failure(running, ExecutorError, "last worker was removed");
      await marks.seen("begun");
      await Promise.all(executor.workers.map(({ id }) => executor.removeWorker(id)));
      await ended;
      expect(await executor.collect(op(whereAmI))).toBe(whereAmI());
      expect(await executor.addWorkers(1)).toEqual(["worker-3"]);
      expect(await executor.collect(op(whereAmI))).not.toBe(whereAmI());
    });

    it("that are unknown cannot be removed", async () => {
      const executor = fresh(kind);
      await failure(executor.removeWorker("worker-9"), ExecutorError, '"worker-9"', "worker-1, worker-2");
      await executor.removeWorker("worker-1");
      await failure(executor.removeWorker("worker-1"), ExecutorError, '"worker-1"', /there are worker-2$/);
    });

    it("cannot be added to a closed executor", async () => {
      const executor = fresh(kind);
      await executor.close();
      await failure(executor.addWorkers(1), ExecutorError, "closed");
      await failure(executor.run(op(double, 1)), ExecutorError, "closed");
    });
  });

  describe("the option `workers`", () => {
    it("pins tasks to workers", async () => {
      const executor = fresh(kind, { workers: 3 });
      const began = beginnings(executor);
      const nodes = Array.from({ length: 30 }, (_, i) =>
        delayed(double, { label: `n${i}`, workers: [`worker-${(i % 3) + 1}`] })(i),
      );
      await executor.run(nodes);
      for (const [i, { label }] of nodes.entries()) expect(began.get(label)).toBe(`worker-${(i % 3) + 1}`);
    });

    it("may name several", async () => {
      const executor = fresh(kind, { workers: 3 });
      const began = beginnings(executor);
      const nodes = Array.from({ length: 30 }, (_, i) =>
        delayed(double, { label: `n${i}`, workers: ["worker-1", "worker-3"] })(i),
      );
      await executor.run(nodes);
      expect(new Set(began.values())).not.toContain("worker-2");
    });

    it("names unknown workers: refused before anything runs", async () => {
      const executor = fresh(kind);
      const node = delayed(double, { label: "lost", workers: ["worker-9"] })(1);
      await failure(executor.run(node), ExecutorError, '"lost"', '"worker-9"', "worker-1, worker-2");
    });

    it("names a worker that is removed meanwhile: an error, not an endless wait", async () => {
      const executor = fresh(kind);
      const marks = new Marks();
      const first = delayed(gate<number>, { workers: ["worker-1"] })(
        marks.path("begun"),
        marks.path("go"),
        1,
      );
      const pinned = delayed(double, { label: "pinned", workers: ["worker-2"] })(first);
      const running = executor.run(pinned);
      const ended = failure(running, ExecutorError, '"pinned"');
      await marks.seen("begun");
      await executor.removeWorker("worker-2");
      await ended;
    });
  });

  describe("concurrency", () => {
    it("lets tasks that wait overlap on one worker", async () => {
      const executor = fresh(kind, { workers: 1, concurrency: 4 });
      const marks = new Marks();
      const nodes = [0, 1, 2, 3].map((i) => op(gate<number>, marks.path(`begun-${i}`), marks.path("go"), i));
      const running = executor.collect(op((all: number[]) => all, nodes));
      await Promise.all([0, 1, 2, 3].map((i) => marks.seen(`begun-${i}`)));
      writeFileSync(marks.path("go"), "");
      expect(await running).toEqual([0, 1, 2, 3]);
    });

    it("is never exceeded", async () => {
      const executor = fresh(kind, { workers: 1, concurrency: 2 });
      const most = async (directory: string, i: number) => {
        const fs = process.getBuiltinModule("node:fs");
        fs.writeFileSync(`${directory}/${i}`, "");
        await new Promise((resolve) => setTimeout(resolve, 1));
        const running = fs.readdirSync(directory).length;
        fs.rmSync(`${directory}/${i}`);
        return running;
      };
      const { directory } = new Marks();
      const nodes = Array.from({ length: 50 }, (_, i) => op(most, directory, i));
      const found = await executor.collect(op((all: number[]) => Math.max(...all), nodes));
      expect(found).toBe(2);
    });
  });

  it("zero workers: tasks run here, with everything that belongs to it", async () => {
    const executor = fresh(kind, { workers: 0 });
    const local = { touched: 0 };
    const node = op(() => {
      local.touched++;
      return local;
    });
    expect(await executor.collect(node)).toBe(local);
    expect(local.touched).toBe(1);
    expect(executor.workers).toMatchObject([{ id: "main", pid: process.pid }]);
  });
});
