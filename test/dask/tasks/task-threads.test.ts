import { DataNode, delayed, op, taskContext } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { readFailure as readException } from "../../../src/dask/protocol/exceptions.ts";
import { readFailure } from "../../../src/dask/tasks/failure.ts";
import { TaskThreads } from "../../../src/dask/tasks/task-threads.ts";
import { ClosureError, ExecutorError } from "../../../src/errors.ts";
import { closesThreads, type Outcome, Recorder, Worked } from "./recorder.ts";

closesThreads();

const add = (a: number, b: number): number => a + b;
const forever = (): void => {
  for (;;);
};
const asLongAsWanted = async (): Promise<string> => {
  const { signal } = taskContext()!;
  // It may have been stopped before it had begun to look.
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return String(signal.reason);
};

/** The error that a client reads. */
function failureOf(outcome: Outcome, worked: Worked) {
  if (outcome.what !== "failed" && outcome.what !== "crashed") throw new Error(`it has ${outcome.what}`);
  const { exception, traceback } = outcome.failure;
  return readFailure(readException(exception, traceback).opaque!, worked.ownLibrary);
}

const started = (...nodes: Parameters<Worked["write"]>[0]): Worked => new Worked().write(nodes);

describe("a task", () => {
  it("gets the values of its inputs, and its own goes back", async () => {
    const [one, two] = [op(() => 1), op((x: number) => x, 2)];
    const sum = op(add, one, two);
    const worked = started(sum);
    expect(await worked.value(sum)).toBe(3);
    const outcome = worked.reports.known("k2");
    expect(outcome).toMatchObject({ what: "finished", thread: 1, description: undefined });
    const { start, stop, type } = outcome as Outcome & { what: "finished" };
    expect([stop >= start, Math.abs(stop - Date.now() / 1000) < 60]).toEqual([true, true]);
    expect(type.name).toBe("int");
  });

  it("gets one object for an input that it has twice", async () => {
    const object = op(() => ({}));
    const same = op((a: object, b: object, c: { d: object }) => a === b && b === c.d, object, object, {
      d: object,
    });
    expect(await started(same).value(same)).toBe(true);
  });

  it("may be data", async () => {
    const data = new DataNode(new Map([[1, { a: Infinity }]]));
    expect(await started(data).value(data)).toEqual(new Map([[1, { a: Infinity }]]));
  });

  it("may be asynchronous", async () => {
    const node = op(async (x: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      return x + 1;
    }, 1);
    expect(await started(node).value(node)).toBe(2);
  });

  it("may import modules", async () => {
    const { join } = await import("node:path/posix");
    const node = op((a: string) => join(a, "b"), "a");
    expect(await started(node).value(node)).toBe("a/b");
  });

  it("knows its context, also after it has waited", async () => {
    const node = delayed(
      async () => {
        const before = taskContext();
        await null;
        const { key, label, worker, signal } = taskContext()!;
        return [before?.key, key, label, worker, signal.aborted];
      },
      { label: "about me" },
    )();
    expect(await started(node).value(node)).toEqual(["k0", "k0", "about me", "worker-1", false]);
  });

  it("has no context outside", async () => {
    const leaky = op(() => {
      setImmediate(() => Object.assign(globalThis, { seen: taskContext() === undefined }));
    });
    const worked = started(leaky);
    await worked.run(leaky);
    const look = op(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return (globalThis as unknown as { seen: boolean }).seen;
    });
    expect(await worked.write([look]).value(look)).toBe(true);
  });

  it("keeps what only instances of classes say", async () => {
    class Point {
      x: number;
      constructor(x: number) {
        this.x = x;
      }
      twice(): number {
        return 2 * this.x;
      }
    }
    const make = op((x: number) => new Point(x), 21);
    const worked = started(make);
    const value = (await worked.value(make)) as Point;
    // The class is the client's own.
    expect([value instanceof Point, value.twice()]).toEqual([true, 42]);
  });

  it("gets instances of its own classes", async () => {
    class Point {
      x = 1;
    }
    const make = op(() => new Point());
    const look = op((point: unknown) => point instanceof Point, make);
    expect(await new Worked({ threads: 2 }).write([look]).value(look)).toBe(true);
  });

  it("is told of with what the client wants to know", async () => {
    const node = op(() => new Float32Array(10));
    const wishes = { topic: "news", isWatched: () => true, isDescribed: () => true };
    const worked = new Worked().write([node], wishes);
    const outcome = await worked.run(node);
    expect(worked.reports.begunKeys).toEqual(["k0"]);
    expect(outcome).toMatchObject({ description: { type: "Float32Array", dtype: "float32", shape: [10] } });
  });
});

describe("large values", () => {
  it("are in shared memory, and go to every thread without a copy", async () => {
    const make = op(() => new Float64Array(100_000).fill(1));
    const uses = Array.from({ length: 4 }, () =>
      op((all: Float64Array) => [all.buffer instanceof SharedArrayBuffer, all[5]], make),
    );
    const worked = new Worked({ threads: 2 }).write(uses);
    const made = await worked.run(make);
    const { value } = made as Outcome & { what: "finished" };
    expect(value.frames.every(({ buffer }) => buffer instanceof SharedArrayBuffer)).toBe(true);
    const outcomes = await Promise.all(uses.map((use) => worked.value(use)));
    expect(outcomes).toEqual(Array(4).fill([true, 1]));
  });

  it("in instances of classes are ordinary memory at the client", async () => {
    class Matrix {
      data = new Float64Array(100_000).fill(2);
    }
    const make = op(() => new Matrix());
    const pass = op((matrix: Matrix) => matrix, make);
    const worked = new Worked({ threads: 2 }).write([pass]);
    const outcome = (await worked.run(pass)) as Outcome & { what: "finished" };
    const large = outcome.value.frames.at(-1)!;
    expect(large.buffer).toBeInstanceOf(SharedArrayBuffer);
    // As they come out of a socket.
    const { readAny } = await import("../../../src/dask/tasks/any-value.ts");
    const { Serialized } = await import("../../../src/dask/protocol/message.ts");
    const frames = outcome.value.frames.map((frame) => Uint8Array.from(frame));
    const matrix = readAny(new Serialized(outcome.value.header, frames), worked.ownLibrary) as Matrix;
    expect(matrix.data.buffer).toBe(frames.at(-1)!.buffer);
    expect([matrix.data.length, matrix.data[7]]).toEqual([100_000, 2]);
  });

  it("stay as they are at the thread that made them", async () => {
    const make = op(() => Object.assign([new Float64Array(100_000)], { mark: Symbol.for("mark") }));
    const list = op(() => Array.from({ length: 5000 }, (_, i) => ({ i })));
    const first = op((all: object[]) => Object.assign(globalThis, { first: all[0] }) && 1, list);
    const again = op((all: object[]) => all[0] === (globalThis as { first?: object }).first, list);
    const worked = started(make, first, again);
    await worked.run(make);
    await worked.run(first);
    expect(await worked.value(again)).toBe(true);
  });

  it("are forgotten when they are not needed any more, and come again when they are", async () => {
    const list = op(() => Array.from({ length: 5000 }, (_, i) => ({ i })));
    const first = op((all: object[]) => Object.assign(globalThis, { first: all[0] }) && 1, list);
    const again = op((all: object[]) => all[0] === (globalThis as { first?: object }).first, list);
    const worked = started(first, again);
    await worked.run(first);
    worked.threads.free(["k0", "of nobody"]);
    expect(await worked.value(again)).toBe(false);
  });

  it("are dropped when memory is short", async () => {
    const list = op(() => Array.from({ length: 5000 }, (_, i) => ({ i })));
    const first = op((all: object[]) => Object.assign(globalThis, { first: all[0] }) && 1, list);
    const again = op((all: object[]) => all[0] === (globalThis as { first?: object }).first, list);
    const worked = started(first, again);
    await worked.run(first);
    worked.threads.relieve();
    expect(await worked.value(again)).toBe(false);
  });

  it("make room for others", async () => {
    const lists = [1, 2, 3].map((n) => op((m: number) => new Array(50_000).fill(m), n));
    const uses = lists.map((list) => op((all: number[]) => all.length, list));
    const worked = new Worked({ keptBytes: 500_000 }).write(uses);
    for (const use of uses) await worked.run(use);
    for (const list of lists) {
      const use = op((all: number[]) => all[0], list);
      worked.write([...uses, use]);
      expect(await worked.value(use)).toBe(lists.indexOf(list) + 1);
    }
  });
});

describe("a failure", () => {
  it("brings the error along, and who it happened to", async () => {
    class Wrong extends RangeError {
      readonly code = 5;
    }
    const node = delayed(
      () => {
        throw new Wrong("not so", { cause: new TypeError("inner") });
      },
      { label: "thrower" },
    )();
    const worked = started(node);
    const outcome = await worked.run(node);
    const { error, ...task } = failureOf(outcome, worked);
    expect(task).toMatchObject({ key: "k0", label: "thrower", node: 1, worker: "worker-1" });
    expect(error).toBeInstanceOf(Wrong);
    expect(error).toMatchObject({ message: "not so", code: 5, cause: new TypeError("inner") });
    expect((outcome as Outcome & { what: "failed" }).failure.exceptionText).toMatch(/not so/);
    expect((error as Error).stack).toMatch(/task-threads\.test\.ts/);
  });

  it("has an id of its own", async () => {
    const node = op(() => Promise.reject("no"));
    const worked = started(node);
    const first = failureOf(await worked.run(node), worked);
    worked.reports.forget("k0");
    const second = failureOf(await worked.reports.outcome(worked.execute(node, "again")), worked);
    expect([first.error, second.error, first.attempt === second.attempt]).toEqual(["no", "no", false]);
  });

  it("is what becomes of a result that cannot travel", async () => {
    const node = delayed(
      () =>
        new (class Hidden {
          #x = 1;
          x(): number {
            return this.#x;
          }
        })(),
      { label: "hider" },
    )();
    const worked = started(node);
    const { error } = failureOf(await worked.run(node), worked);
    expect(error).toBeInstanceOf(ClosureError);
    expect((error as Error).message).toMatch(/the result of "hider"/);
  });

  it("is what becomes of payloads that are none, and of those of other versions", async () => {
    const node = op(() => 1);
    const worked = started(node);
    const payloads = [Buffer.from("hello"), new Uint8Array(0)];
    worked.threads.execute({ key: "bad", payloads, inputs: [] });
    expect(() => worked.threads.execute({ key: "bad", payloads, inputs: [] })).toThrow(
      /is being run already/,
    );
    worked.threads.execute({ key: "none", payloads: [], inputs: [] });
    for (const key of ["bad", "none"]) {
      const { error } = failureOf(await worked.reports.outcome(key), worked);
      expect(error).toEqual(new ExecutorError("these are not the bytes of a task"));
    }
    // The thread goes on.
    expect(await worked.value(node)).toBe(1);
  });

  it("is what becomes of arguments that cannot be read", async () => {
    const node = op((x: unknown) => x, { a: 1 } as never);
    const worked = started(node);
    await worked.run(node);
    const { Written } = await import("./written.ts");
    const [fn, args] = new Written([node]).payloads(node);
    worked.threads.execute({ key: "cut", payloads: [fn, args.slice(0, -3)], inputs: [] });
    expect((await worked.reports.outcome("cut")).what).toBe("failed");
  });
});

describe("stopping", () => {
  it("takes back what has not begun", async () => {
    const [long, late] = [op(asLongAsWanted), op(() => 1)];
    const worked = started(long, late);
    worked.execute(long, "long");
    await worked.reports.begin("long");
    worked.execute(late, "late");
    worked.threads.stop("late");
    expect(worked.reports.known("late")).toBeUndefined();
    expect(await worked.reports.outcome("late")).toEqual({ what: "released" });
    worked.threads.stop("long");
    // On a busy machine it may not be quick enough.
    expect((await worked.reports.outcome("long")).what).toMatch(/finished|released/);
  });

  it("takes back what has not even been sent, as there is so much before it", async () => {
    const same = (n: number): number => n;
    const [long, last] = [op(asLongAsWanted), op(same, -1)];
    const others = Array.from({ length: 4200 }, (_, i) => op(same, i));
    const worked = started(long, last, ...others);
    worked.execute(long, "long");
    const keys = others.map((node) => worked.execute(node));
    worked.execute(last, "last");
    worked.threads.stop("last");
    worked.threads.stop("long");
    expect(await worked.reports.outcome("last")).toEqual({ what: "released" });
    for (const key of keys) expect((await worked.reports.outcome(key)).what).toBe("finished");
    expect(worked.threads.pending).toBe(0);
  });

  it("tells a task by its signal why", async () => {
    const node = op(asLongAsWanted);
    const worked = started(node);
    worked.execute(node, "long");
    await worked.reports.begin("long");
    expect(worked.threads.running).toMatchObject([{ key: "long", thread: 1 }]);
    worked.threads.stop("long");
    const { value } = (await worked.reports.outcome("long")) as Outcome & { what: "finished" };
    const { readAny } = await import("../../../src/dask/tasks/any-value.ts");
    expect(readAny(value, worked.ownLibrary)).toMatch(/no longer needed/);
    expect([worked.threads.running, worked.threads.pending]).toEqual([[], 0]);
  });

  it("replaces a thread that does not stop, and nothing else is lost", async () => {
    const [long, late] = [op(forever), op(() => 1)];
    const worked = started(long, late);
    worked.execute(long, "long");
    worked.execute(late, "late");
    await worked.reports.begin("long");
    worked.threads.stop("long");
    worked.threads.stop("long");
    worked.threads.stop("of nobody");
    expect(await worked.reports.outcome("long")).toEqual({ what: "released" });
    expect(await worked.reports.outcome("late")).toMatchObject({ what: "finished", thread: 1 });
  });
});

describe("a thread that dies", () => {
  const exit = op(() => process.exit(3));
  const hungry = op(() => {
    const all: unknown[] = [];
    for (;;) all.push(new Array(100_000).fill({ a: 1 }).map((_, i) => ({ i })));
  });

  it("takes the task that it ran with it, and runs the others after that", async () => {
    const others = Array.from({ length: 5 }, (_, i) => op((n: number) => n, i));
    const worked = started(exit, ...others);
    worked.execute(exit, "exit");
    const keys = others.map((node, i) => worked.execute(node, `other-${i}`));
    const outcome = await worked.reports.outcome("exit");
    expect(outcome).toMatchObject({ what: "crashed", reason: "exited with code 3", thread: 1 });
    expect(failureOf(outcome, worked).error).toMatchObject({ name: "WorkerLostError" });
    for (const key of keys) expect((await worked.reports.outcome(key)).what).toBe("finished");
  });

  it("says that it ran out of memory", async () => {
    const worked = new Worked({ resourceLimits: { maxOldGenerationSizeMb: 40 } }).write([hungry]);
    expect(await worked.run(hungry)).toMatchObject({ what: "crashed", reason: "ran out of memory" });
  });

  it("costs no values", async () => {
    const list = op(() => Array.from({ length: 5000 }, (_, i) => i));
    const use = op((all: number[]) => all.length, list);
    const worked = started(use, exit);
    await worked.run(list);
    await worked.run(exit);
    expect(await worked.value(use)).toBe(5000);
  });

  it("of what nobody awaited blames no other task", async () => {
    const leaving = op(() => {
      setImmediate(() => {
        throw new Error("late");
      });
    });
    const others = Array.from({ length: 20 }, (_, i) => op((n: number) => n, i));
    const worked = started(leaving, ...others);
    expect(await worked.run(leaving)).toMatchObject({ what: "finished" });
    for (const other of others) expect(await worked.run(other)).toMatchObject({ what: "finished" });
  });
});

describe("several threads", () => {
  it("share the work", async () => {
    const nodes = Array.from({ length: 3 }, () => op(asLongAsWanted));
    const worked = new Worked({ threads: 3 }).write(nodes);
    await worked.threads.ready;
    const keys = nodes.map((node) => worked.execute(node));
    for (const key of keys) await worked.reports.begin(key);
    expect(worked.threads.running.map(({ thread }) => thread).sort()).toEqual([1, 2, 3]);
    for (const key of keys) worked.threads.stop(key);
    for (const key of keys) await worked.reports.outcome(key);
  });

  it("take over what waits behind a long task", async () => {
    const long = op(asLongAsWanted);
    const short = Array.from({ length: 20 }, (_, i) => op((n: number) => n, i));
    const worked = new Worked({ threads: 2 }).write([long, ...short]);
    await worked.threads.ready;
    worked.execute(long, "long");
    const keys = short.map((node) => worked.execute(node));
    for (const key of keys) expect((await worked.reports.outcome(key)).what).toBe("finished");
    expect(worked.reports.known("long")).toBeUndefined();
    worked.threads.stop("long");
    await worked.reports.outcome("long");
  });

  it("run thousands of tasks, each once", async () => {
    const same = (n: number): number => n;
    const nodes = Array.from({ length: 10_000 }, (_, i) => op(same, i));
    const worked = new Worked({ threads: 2 }).write(nodes);
    const keys = nodes.map((node) => worked.execute(node));
    const outcomes = await Promise.all(keys.map((key) => worked.reports.outcome(key)));
    expect(outcomes.every(({ what }) => what === "finished")).toBe(true);
    expect(worked.reports.flushes).toBeLessThan(keys.length / 5);
  });
});

describe("functions", () => {
  it("may be more than a thread remembers", async () => {
    const numbered = (i: number) => () => i;
    const nodes = Array.from({ length: 1100 }, (_, i) => op(numbered(i)));
    const worked = started(...nodes);
    const keys = nodes.map((node) => worked.execute(node));
    const first = await worked.reports.outcome(keys[0]!);
    await worked.reports.outcome(keys.at(-1)!);
    expect(first.what).toBe("finished");
    worked.reports.forget(keys[0]!);
    expect((await worked.reports.outcome(worked.execute(nodes[0]!, "again"))).what).toBe("finished");
  });
});

describe("closing", () => {
  it("gracefully takes back what has not begun, and waits for what has", async () => {
    const slow = op(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return 1;
    });
    const late = op(() => 1);
    const worked = started(slow, late);
    worked.execute(slow, "slow");
    await worked.reports.begin("slow");
    worked.execute(late, "late");
    await worked.threads.closeGracefully(20_000);
    expect(worked.reports.known("slow")).toMatchObject({ what: "finished" });
    expect(worked.reports.known("late")).toEqual({ what: "released" });
    expect(() => worked.execute(late, "later")).toThrow(/are closed/);
  });

  it("gracefully does not wait for ever", async () => {
    const long = op(forever);
    const worked = started(long);
    worked.execute(long, "long");
    await worked.reports.begin("long");
    await worked.threads.closeGracefully(50);
    expect(worked.reports.known("long")).toBeUndefined();
    expect(worked.threads.pending).toBe(0);
  });

  it("at once, whatever is going on", async () => {
    const long = op(forever);
    const worked = started(long);
    worked.execute(long, "long");
    await worked.threads.close();
    await worked.threads.close();
    expect(worked.reports.known("long")).toBeUndefined();
  });
});

describe("threads that cannot be started", () => {
  it("make `ready` fail, and their orders lost", async () => {
    const reports = new Recorder();
    const node = op(() => 1);
    const threads = new TaskThreads({
      threads: 2,
      name: "worker-1",
      reports,
      resourceLimits: { maxOldGenerationSizeMb: 1, maxYoungGenerationSizeMb: 1 },
    });
    const { Written } = await import("./written.ts");
    threads.execute({ key: "k", payloads: new Written([node]).payloads(node), inputs: [] });
    await expect(threads.ready).rejects.toThrow(/could not start/);
    expect((await reports.outcome("k")).what).toBe("lost");
    await threads.close();
  });
});
