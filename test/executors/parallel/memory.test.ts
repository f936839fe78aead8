import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DependencyError, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { failure, fresh, KINDS } from "../../support/parallel.ts";

const fixture = fileURLToPath(new URL("fixtures/memory.mjs", import.meta.url));

/** Node has no arrays of more bytes on some of its versions. */
const LARGE = 2 ** 31;

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

  // Takes 4 GB of memory and some time.
  it.runIf(process.env.LARGE_RESULTS === "1")(
    "a result of 2 GB arrives here, and at another worker",
    async () => {
      const executor = fresh(kind);
      const make = (n: number) => {
        const bytes = new Uint8Array(n);
        bytes[0] = 1;
        bytes[n - 1] = 2;
        return bytes;
      };
      const ends = (x: Uint8Array) => [x.length, x[0], x.at(-1)];
      const made = delayed(make, { workers: ["worker-1"] })(LARGE);
      expect(await executor.collect(delayed(ends, { workers: ["worker-2"] })(made))).toEqual([LARGE, 1, 2]);
      expect(ends(await executor.collect(op(make, LARGE)))).toEqual([LARGE, 1, 2]);
    },
    200_000,
  );
});
