import { delayed, op } from "dispatch-graph";
import { afterEach, describe, expect, it } from "vitest";
import { failure, fresh, KINDS } from "../../support/parallel.ts";

const double = (x: number) => 2 * x;

const { execArgv } = process;
const { NODE_OPTIONS } = process.env;

afterEach(() => {
  process.execArgv = execArgv;
  if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = NODE_OPTIONS;
});

describe.each(KINDS)("on %s, workers that cannot start", (kind) => {
  it("for a flag that Node does not know fail the run, and say why", async () => {
    const executor = fresh(kind);
    process.execArgv = ["--input-type=module", "--import=node:nothing-of-this-name"];
    const nodes = Array.from({ length: 5 }, (_, i) => delayed(double, { label: `n${i}` })(i));
    const error = await failure(executor.run(nodes), Error, "could not start", "nothing-of-this-name");
    expect(error).toMatchObject({ code: "ERR_WORKER_START" });
  });

  it("for a module that is missing fail the run, and say which", async () => {
    const executor = fresh(kind);
    process.execArgv = ["--input-type=module", "--import", "/no/such/module.mjs"];
    await failure(executor.run(op(double, 1)), Error, "could not start", "/no/such/module.mjs");
  });

  it("fail all runs under way, and each later one, and start once they can", async () => {
    const executor = fresh(kind);
    process.execArgv = ["--input-type=module", "--import", "/no/such/module.mjs"];
    const runs = [1, 2, 3].map((i) => failure(executor.run(op(double, i)), Error, "could not start"));
    await Promise.all(runs);
    await failure(executor.run(op(double, 1)), Error, "could not start");
    process.execArgv = execArgv;
    expect(await executor.collect(op(double, 2))).toBe(4);
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });
});

it("processes that cannot start by what is in NODE_OPTIONS fail the run, too", async () => {
  const executor = fresh("processes");
  process.env.NODE_OPTIONS = "--no-such-flag";
  await failure(executor.run(op(double, 1)), Error, "could not start", "--no-such-flag");
});
