/**
 * Prepares the inputs of the demo, once: the three million flights of `vega-datasets` (January to June
 * 2001, US Bureau of Transportation Statistics), cut into one file per day, and a reference database.
 */

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";

export interface Inputs {
  /** One file per day, in order. */
  readonly files: readonly string[];
  readonly reference: string;
}

const cache = fileURLToPath(new URL(".cache/", import.meta.url));

export async function prepare(): Promise<Inputs> {
  const source = new URL("../", import.meta.resolve("vega-datasets"));
  const { version } = JSON.parse(await readFile(new URL("package.json", source), "utf8"));
  const inputs = join(cache, `vega-datasets-${version}`);
  if (!existsSync(inputs)) {
    console.log("Preparing the data, once …");
    await mkdir(cache, { recursive: true });
    const unfinished = await mkdtemp(join(cache, "unfinished-"));
    try {
      await cut(fileURLToPath(new URL("data/", source)), unfinished);
      // Either all of it is there or nothing; who comes second finds it done.
      await rename(unfinished, inputs).catch((error) => {
        if (!existsSync(inputs)) throw error;
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const days = join(inputs, "days");
  const names = (await readdir(days)).sort();
  return { files: names.map((name) => join(days, name)), reference: join(inputs, "reference.duckdb") };
}

async function cut(source: string, target: string): Promise<void> {
  const days = join(target, "days");
  const instance = await DuckDBInstance.create(join(target, "reference.duckdb"));
  const connection = await instance.connect();
  try {
    // Two records "arrive" more than fifteen hours early, and the last six left on the first of July.
    await connection.run(`
      CREATE TEMP VIEW flights AS
      SELECT date, date::DATE AS day, delay::SMALLINT AS delay, distance::SMALLINT AS distance, origin, destination
      FROM read_parquet('${quoted(join(source, "flights-3m.parquet"))}')
      WHERE date < '2001-07-01' AND delay > -600`);

    // Parquet, because a day then takes 90 KB and not 500, carries its types, and damage is noticed.
    await connection.run("SET partitioned_write_max_open_files = 1000"); // else a day may get several files
    await connection.run(`COPY flights TO '${quoted(days)}' (FORMAT parquet, PARTITION_BY (day))`);
    for (const folder of await readdir(days)) {
      await rename(join(days, folder, "data_0.parquet"), join(days, `${folder.replace("day=", "")}.parquet`));
      await rmdir(join(days, folder));
    }

    await connection.run(`
      CREATE TABLE airports AS FROM read_csv('${quoted(join(source, "airports.csv"))}')`);
    // The median, lest days with few flights count as usual. For `kind_of_day` see `kindOfDay` in tasks.ts.
    await connection.run(`
      CREATE TABLE usual AS
      WITH daily AS (
        SELECT origin, day, dayofweek(day) AS weekday, count(*) AS flights, sum(delay) AS minutes
        FROM flights GROUP BY ALL
      ), delays AS (
        SELECT origin, weekday, sum(minutes) / sum(flights) AS delay FROM daily GROUP BY ALL
      )
      SELECT origin, (7 * month(day) + weekday)::INTEGER AS kind_of_day, median(flights) AS flights,
             median(flights) * any_value(delay) AS minutes
      FROM daily JOIN delays USING (origin, weekday)
      GROUP BY ALL`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
