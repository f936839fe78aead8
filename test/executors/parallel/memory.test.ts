import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ClosureError, DependencyError, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { failure, fresh, KINDS } from "../../support/parallel.ts";

const fixture = fileURLToPath(new URL("fixtures/memory.mjs", import.meta.url));

/** Memory that nobody has written to costs nothing. */
const TOO_LARGE = 2 ** 31;

/** For what takes gigabytes of memory. */
const large = it.runIf(process.env.LARGE_RESULTS === "1");
const LONG = 200_000;

const length = (x: Uint8Array) => x.length;

describe.each(KINDS)("on %s", (kind) => {
  it("a task that uses more memory than its worker has is given up", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--max-old-space-size=48",
      fixture,
      kind,
    ]);
    expect(JSON.parse(stdout)).toEqual({
      message: expect.stringMatching(/"eats".*ran out of memory/),
      label: "eats",
      code: "ERR_WORKER_LOST",
      fellow: 2,
    });
  });

  it("a task that asks for an array larger than there can be fails with Node's error", async () => {
    const executor = fresh(kind, { workers: 1 });
    const node = delayed(() => new Uint8Array(2 ** 53 - 1), { label: "huge" })();
    const error = await failure(executor.run(node), DependencyError, '"huge"');
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it("a result that is too large for a message fails its task by name, or arrives", async () => {
    const executor = fresh(kind);
    const made = delayed((n: number) => new Uint8Array(n), { label: "make", workers: ["worker-1"] })(
      TOO_LARGE,
    );
    const running = executor.collect(delayed(length, { workers: ["worker-1"] })(made));
    if (kind === "threads") {
      expect(await running).toBe(TOO_LARGE);
      return;
    }
    const error = await failure(
      running,
      DependencyError,
      'the result of "make"',
      /takes 2147483\d{3} bytes/,
      "threads",
    );
    expect(error).toMatchObject({ label: "make", cause: { code: "ERR_CLOSURE" } });
    expect(await executor.collect(op(length, new Uint8Array(3)))).toBe(3);
  });

  large(
    "many large values that one message could not take arrive one after the other",
    async () => {
      const executor = fresh(kind);
      const many = 80;
      const bytes = 2 ** 25;
      const make = delayed((n: number) => new Uint8Array(n), { workers: ["worker-1"] });
      const makes = Array.from({ length: many }, () => make(bytes));
      const total = delayed((all: Uint8Array[]) => all.reduce((sum, x) => sum + x.length, 0), {
        workers: ["worker-2"],
      });
      expect(await executor.collect(total(makes))).toBe(many * bytes);
    },
    LONG,
  );

  large(
    "a result of 2 GB arrives here, and at another worker",
    async () => {
      const executor = fresh(kind);
      const size = kind === "threads" ? 2 ** 31 : 2_000_000_000;
      const make = (n: number) => {
        const bytes = new Uint8Array(n);
        bytes[0] = 1;
        bytes[n - 1] = 2;
        return bytes;
      };
      const ends = (x: Uint8Array) => [x.length, x[0], x.at(-1)];
      const made = delayed(make, { workers: ["worker-1"] })(size);
      expect(await executor.collect(delayed(ends, { workers: ["worker-2"] })(made))).toEqual([size, 1, 2]);
      expect(ends(await executor.collect(op(make, size)))).toEqual([size, 1, 2]);
    },
    200_000,
  );
});

it("an argument that is too large for a message to a process is refused before anything runs", async () => {
  const node = delayed(length, { label: "taker" })(new Uint8Array(TOO_LARGE));
  await failure(fresh("processes").run(node), ClosureError, 'the arguments of "taker"', "bytes at most");
});
