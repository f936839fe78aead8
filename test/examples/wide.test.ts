import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepare } from "../../examples/flights/prepare.ts";
import { pipeline } from "../../examples/wide/pipeline.ts";
import { isPrepared } from "../../scripts/dask/environments.ts";
import { AsyncExecutor } from "../../src/index.ts";
import { runProgram } from "../support/program.ts";

const DAYS = 6;

/** Data of 28 MB, with a fifth of that for each worker. */
describe("the wide demo", () => {
  let spills = "";
  let unlimited = "";
  beforeAll(async () => {
    spills = await mkdtemp(join(tmpdir(), "wide-"));
    const { code, stdout, stderr } = await demo("--memory-limit", "none");
    expect([code, stderr]).toEqual([0, ""]);
    unlimited = stdout;
  });
  afterAll(() => rm(spills, { recursive: true, force: true }));

  const demo = (...args: readonly string[]) =>
    runProgram("examples/wide/main.ts", "--days", String(DAYS), "--spill-directory", spills, ...args);

  const findings = (text: string) => /\n *minutes late[\s\S]*?\n\n/.exec(text)![0];
  const written = (text: string) => Number(/Spilled: (\d+) MB written/.exec(text)![1]);
  const left = async () => (await readdir(spills)).length;

  test("has ten rows of findings, and nothing on disk, without a limit", async () => {
    expect(findings(unlimited).match(/tenth \d+/g)).toHaveLength(10);
    expect([written(unlimited), await left()]).toEqual([0, 0]);
  });

  test.each(["threads", "processes"])(
    "finds the same on %s with less memory, and leaves nothing",
    async (kind) => {
      const { code, stdout, stderr } = await demo("--kind", kind, "--memory-limit", "6MB");
      expect([code, stderr]).toEqual([0, ""]);
      expect(findings(stdout)).toBe(findings(unlimited));
      expect(written(stdout)).toBeGreaterThan(10);
      expect(stdout).toMatch(
        kind === "threads"
          ? /Peak resident memory: this process \d+ MB\n/
          : /Peak resident memory: worker-1 \d+ MB, worker-2 \d+ MB, this process \d+ MB\n/,
      );
      expect(stdout).toMatch(/Left in .*: 0 files\n$/);
      expect(await left()).toBe(0);
    },
  );

  test.runIf(isPrepared())("finds the same on a dask cluster, and leaves nothing", async () => {
    const { code, stdout, stderr } = await demo("--executor", "dask", "--memory-limit", "none");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^LocalCluster: dashboard: http:\S+\n$/)]);
    expect(findings(stdout)).toBe(findings(unlimited));
    expect(stdout).toMatch(/Peak resident memory: (worker-[12] \d+ MB, ){2}this process \d+ MB\n/);
    expect(await left()).toBe(0);
  });

  test.each([
    ["--unknown"],
    ["--executor", "async"],
    ["--memory-limit", "12"],
    ["--memory-limit", "1KB"],
    ["--workers", "0"],
    ["--kind", "fibers"],
    ["--days", "182"],
  ])("refuses %s %s in one line, and ends with 2", async (...args) => {
    const { code, stdout, stderr } = await demo(...args.filter((arg) => arg !== undefined));
    expect([code, stdout, stderr.trim().split("\n").length]).toEqual([2, "", 1]);
  });

  test("finds what a database finds", async () => {
    const { files, reference } = await prepare();
    const used = files.slice(0, DAYS);
    await using executor = new AsyncExecutor({ concurrency: 4 });
    const { flights, tenths } = await executor.collect(pipeline({ files: used, reference }));

    const rows = await sql(used, reference);
    expect(flights).toBe(rows.reduce((sum, { flights }) => sum + Number(flights), 0));
    expect(tenths).toHaveLength(10);
    for (const [i, { flights, delays, mean }] of tenths.entries()) {
      const { flights: count, from, to, ...means } = rows[i]!;
      expect([flights, ...delays]).toEqual([Number(count), from, to]);
      for (const [name, value] of Object.entries(means)) {
        expect([name, mean.get(name as never)]).toEqual([name, expect.closeTo(value, 6)]);
      }
    }
  });
});

type Row = Record<string, number>;

/** The same as the pipeline's, asked of a database. */
async function sql(files: readonly string[], reference: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${reference}' AS reference (READ_ONLY)`);
    const rows = await connection.runAndReadAll(`
      WITH flights AS (
        SELECT *, date_trunc('hour', date) AS hour
        FROM read_parquet([${files.map((file) => `'${file}'`)}], file_row_number = true, filename = true)
      ), hourly AS (
        SELECT origin, hour, count(*) AS flights, avg(delay) AS late FROM flights GROUP BY ALL
      ), numbered AS (
        SELECT *, row_number() OVER (ORDER BY delay, filename, file_row_number) - 1 AS number,
               count(*) OVER () AS total
        FROM flights
      )
      SELECT 10 * number // total AS tenth, count(*) AS flights, min(delay) AS "from", max(delay) AS "to",
             avg(delay) AS delay, avg(distance) AS distance,
             avg(60 * hour(date) + minute(date)) AS minute, avg(dayofyear(date) - 1) AS day,
             avg(o.latitude) AS "origin latitude", avg(d.longitude) AS "destination longitude",
             avg(coalesce(h1.flights, 0)) AS "flights 1 h before",
             avg(coalesce(h1.late, 0)) AS "late 1 h before",
             avg(coalesce(h12.flights, 0)) AS "flights 12 h before",
             avg(coalesce(h12.late, 0)) AS "late 12 h before"
      FROM numbered AS f
      JOIN reference.airports AS o ON o.iata = f.origin
      JOIN reference.airports AS d ON d.iata = f.destination
      LEFT JOIN hourly AS h1 ON h1.origin = f.origin AND h1.hour = f.hour - INTERVAL 1 HOUR
      LEFT JOIN hourly AS h12 ON h12.origin = f.origin AND h12.hour = f.hour - INTERVAL 12 HOURS
      GROUP BY ALL ORDER BY tenth`);
    return rows.getRowObjectsJS().map(({ tenth: _, ...row }) => row as Row);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
