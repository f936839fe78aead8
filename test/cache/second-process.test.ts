/** The same script again, as its author changes it. */

import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runNode } from "../support/program.ts";

const INDEX = new URL("../../dist/index.js", import.meta.url).href;

const MAIN = `
import { readFileSync } from "node:fs";
import * as library from "${INDEX}";
import { scale } from "./helper.mjs";

const { delayed, fileCache, fileRef, op } = library;
const cache = fileCache(process.argv[2]);
const step = 10;
class Range {
  constructor(from, to) { this.from = from; this.to = to; }
}

const read = fileRef("./data.csv", { read: (path) => readFileSync(path, "utf8") });
const load = delayed(({ from, to }, text) => [from, to, text.length, Math.floor(1e9 * Math.random())], { label: "load", cache })(new Range(1, 3), read);
const scaled = delayed((values) => values.map((value) => scale(value)), { label: "scaled", cache })(load);
const moved = delayed((values) => values.map((value) => value + step), { label: "moved", cache })(scaled);
const other = delayed((values) => values.length, { label: "other", cache })(load);

const executor = new library[process.argv[3]]({ workers: 2, kind: "processes" });
const events = {};
executor.on("cache", ({ label, state, reason }) => {
  if (state !== "stored") events[label] = state + ": " + reason;
});
const wanted = [moved, other];
const explained = Object.fromEntries((await executor.explain(wanted)).nodes
  .filter((one) => one.cache !== "off").map((one) => [one.label, one.cache + ": " + one.reason]));
const results = await executor.run(wanted);
const values = await Promise.all(results.map((result) => result.fetch()));
await executor.close();
console.log(JSON.stringify({ values, events, explained }));
`;

const HELPER = `
const factor = 2;
const times = (a, b) => a * b;
export const scale = (value) => times(value, factor);
`;

const LONG_AGO = new Date(0);

let directory: string;
const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
const edit = (name: string, from: string, to: string): void => {
  const text = readFileSync(join(directory, name), "utf8");
  expect(text).toContain(from);
  write(name, text.replace(from, to));
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "second-process-"));
  write("main.mjs", MAIN);
  write("helper.mjs", HELPER);
  write("data.csv", "1,2");
  utimesSync(join(directory, "data.csv"), LONG_AGO, LONG_AGO);
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Output {
  readonly values: readonly unknown[];
  /** By label. */
  readonly events: Readonly<Record<string, string>>;
  readonly explained: Readonly<Record<string, string>>;
}

async function run(executor: string): Promise<Output> {
  const { code, stdout, stderr } = await runNode(directory, "main.mjs", "cache", executor);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

const HIT = "hit: kept in a file";

describe.each(["AsyncExecutor", "ParallelExecutor"])("a script that is run again, by %s", (executor) => {
  it("computes nothing that has not changed", async () => {
    const first = await run(executor);
    expect(first.events.moved).toBe("miss: never computed before");
    const second = await run(executor);
    expect(second.values).toEqual(first.values);
    expect(second.events).toEqual({ moved: HIT, other: HIT });
    expect(second.explained).toEqual({ moved: HIT, other: HIT, scaled: HIT, load: HIT });

    edit("main.mjs", "const cache", "// A remark.\n\n  const cache");
    expect((await run(executor)).events).toEqual({ moved: HIT, other: HIT });

    edit("main.mjs", "const step = 10", "const step = 20");
    const moved = await run(executor);
    expect(moved.explained).toEqual({ ...second.explained, moved: "miss: the function changed" });
    expect(moved.events).toEqual({ moved: "miss: the function changed", scaled: HIT, other: HIT });
    expect(moved.values).toEqual([(first.values[0] as number[]).map((value) => value + 10), 4]);

    edit("helper.mjs", "a * b", "a * b + 0");
    const scaled = await run(executor);
    expect(scaled.events).toEqual({
      moved: 'miss: its dependency "scaled" changed',
      scaled: "miss: the function changed",
      load: HIT,
      other: HIT,
    });
    expect(scaled.values).toEqual(moved.values);

    edit("main.mjs", "new Range(1, 3)", "new Range(1, 4)");
    expect((await run(executor)).events.load).toBe("miss: argument 1 changed");
    edit("main.mjs", "this.to = to;", "this.to = to + 0;");
    expect((await run(executor)).events.load).toBe("miss: argument 1 changed");
    write("data.csv", "1,2,3");
    expect((await run(executor)).events.load).toMatch(/^miss: its dependency ".*data.csv.*" changed$/);
    expect((await run(executor)).events).toEqual({ moved: HIT, other: HIT });

    // As it was at first: that is still there.
    write("main.mjs", MAIN);
    write("helper.mjs", HELPER);
    write("data.csv", "1,2");
    utimesSync(join(directory, "data.csv"), LONG_AGO, LONG_AGO);
    expect(await run(executor)).toMatchObject({ values: first.values, events: second.events });
  });
});

it("may be run twice at the same time", async () => {
  const outputs = await Promise.all([run("AsyncExecutor"), run("ParallelExecutor"), run("AsyncExecutor")]);
  const last = await run("AsyncExecutor");
  expect(last.events).toEqual({ moved: HIT, other: HIT });
  expect(outputs.map(({ values }) => JSON.stringify(values))).toContain(JSON.stringify(last.values));
});
