/** The functions that are run. None knows of the others, or of graphs; each makes new values of the values that it is given. */

import { query } from "../flights/tasks.ts";
import { COLUMNS, type Column, column, emptyTable, HOURS, type Table } from "./table.ts";

/** The flights that left on one day, as they are in the file. */
export interface Flights {
  readonly origin: readonly string[];
  readonly destination: readonly string[];
  /** Of the day, of departure. */
  readonly minute: Int16Array;
  readonly delay: Int16Array;
  readonly distance: Int16Array;
}

/** Where the airports are, by their codes. */
export type Airports = ReadonlyMap<string, { readonly latitude: number; readonly longitude: number }>;

/** What left each airport in each hour of a day: how many flights, and how many minutes late all together. */
export type Hours = ReadonlyMap<string, { readonly flights: Float64Array; readonly minutes: Float64Array }>;

/** A tenth of all flights. */
export interface Tenth {
  readonly flights: number;
  /** Minutes of the least and of the most delayed flight. */
  readonly delays: readonly [from: number, to: number];
  /** Of each column. */
  readonly sums: Float64Array;
}

export interface Findings {
  readonly flights: number;
  /** From the earliest flights to the latest ones. */
  readonly tenths: readonly {
    readonly flights: number;
    readonly delays: readonly [from: number, to: number];
    readonly mean: ReadonlyMap<Column, number>;
  }[];
}

/** Reads the file of one day. */
export async function load(file: string): Promise<Flights> {
  return query(":memory:", async (connection) => {
    const rows = await connection.runAndReadAll(
      `SELECT origin, destination, 60 * hour(date) + minute(date), delay, distance
       FROM read_parquet($file, file_row_number = true) ORDER BY file_row_number`,
      { file },
    );
    const columns = rows.getColumnsJS() as [string[], string[], bigint[], number[], number[]];
    const [origin, destination, minute, delay, distance] = columns;
    return {
      origin,
      destination,
      minute: Int16Array.from(minute, Number),
      delay: Int16Array.from(delay),
      distance: Int16Array.from(distance),
    };
  });
}

/** Reads where airports are from the reference database. */
export async function loadAirports(database: string): Promise<Airports> {
  return query(database, async (connection) => {
    const rows = await connection.runAndReadAll("SELECT iata, latitude, longitude FROM airports");
    const airports = rows.getRowsJS() as [string, number, number][];
    return new Map(airports.map(([code, latitude, longitude]) => [code, { latitude, longitude }]));
  });
}

/** Counts the flights of a day by airport and hour of departure. */
export function byHour({ origin, minute, delay }: Flights): Hours {
  const hours = new Map<string, { flights: Float64Array; minutes: Float64Array }>();
  origin.forEach((code, i) => {
    const sums = hours.get(code) ?? { flights: new Float64Array(24), minutes: new Float64Array(24) };
    hours.set(code, sums);
    const hour = Math.floor(minute[i]! / 60);
    sums.flights[hour]! += 1;
    sums.minutes[hour]! += delay[i]!;
  });
  return hours;
}

/** Joins the flights of a day with the airports, and with the hours before their departures. */
export function widen(
  flights: Flights,
  day: number,
  airports: Airports,
  today: Hours,
  yesterday: Hours,
): Table {
  const { origin, destination, minute, delay, distance } = flights;
  const table = emptyTable(origin.length);
  const fill = (name: Column, value: (i: number) => number): void => {
    const values = column(table, name);
    for (let i = 0; i < values.length; i++) values[i] = value(i);
  };
  fill("key", (i) => delay[i]! + (day * 2 ** 16 + i) / 2 ** 24);
  fill("delay", (i) => delay[i]!);
  fill("day", () => day);
  fill("minute", (i) => minute[i]!);
  fill("distance", (i) => distance[i]!);
  for (const [end, codes] of [["origin", origin] as const, ["destination", destination] as const]) {
    fill(`${end} latitude`, (i) => airports.get(codes[i]!)?.latitude ?? NaN);
    fill(`${end} longitude`, (i) => airports.get(codes[i]!)?.longitude ?? NaN);
  }
  for (let back = 1; back <= HOURS; back++) {
    const before = (i: number) => {
      const hour = Math.floor(minute[i]! / 60) - back;
      const sums = (hour < 0 ? yesterday : today).get(origin[i]!);
      const at = (hour + 24) % 24;
      return { flights: sums?.flights[at] ?? 0, minutes: sums?.minutes[at] ?? 0 };
    };
    fill(`flights ${back} h before`, (i) => before(i).flights);
    fill(`late ${back} h before`, (i) => before(i).minutes / Math.max(1, before(i).flights));
  }
  return table;
}

/** Some of the keys, evenly spread. */
export function sample(table: Table, count: number): Float64Array {
  const keys = column(table, "key");
  return Float64Array.from({ length: count }, (_, i) => keys[Math.floor((i * keys.length) / count)]!);
}

/** Keys that part all flights into `parts` of about the same size. */
export function chooseBounds(samples: readonly Float64Array[], parts: number): Float64Array {
  const keys = Float64Array.from(samples.flatMap((some) => [...some])).sort();
  return Float64Array.from(
    { length: parts - 1 },
    (_, i) => keys[Math.floor(((i + 1) * keys.length) / parts)]!,
  );
}

/** The rows up to the first bound, those up to the second, and so on. */
export function split(table: Table, bounds: Float64Array): Table[] {
  const part = Uint16Array.from(column(table, "key"), (key) => partOf(key, bounds));
  const rows = new Uint32Array(bounds.length + 1);
  for (const p of part) rows[p]! += 1;
  const parts = Array.from(rows, emptyTable);
  for (const name of COLUMNS) {
    const from = column(table, name);
    const to = parts.map((one) => column(one, name));
    const next = new Uint32Array(parts.length);
    for (let i = 0; i < from.length; i++) {
      const p = part[i]!;
      to[p]![next[p]!++] = from[i]!;
    }
  }
  return parts;
}

/** How many of the bounds, which are in order, are at most `key`. */
function partOf(key: number, bounds: Float64Array): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All rows of the tables in the order of their keys. */
export function merge(tables: readonly Table[]): Table {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const merged = emptyTable(rows);
  // One block for all columns, one after the other: memory is what is short here.
  const together = new Float64Array(rows);
  const gather = (name: Column): void => {
    let start = 0;
    for (const table of tables) {
      together.set(column(table, name), start);
      start += table.rows;
    }
  };
  gather("key");
  const order = Uint32Array.from(together, (_, i) => i).sort((a, b) => together[a]! - together[b]!);
  for (const name of COLUMNS) {
    gather(name);
    const to = column(merged, name);
    for (let i = 0; i < rows; i++) to[i] = together[order[i]!]!;
  }
  return merged;
}

export function countRows({ rows }: Table): number {
  return rows;
}

/** With how many flights before it each of several sorted tables begins, and how many there are in all. */
export function runningTotals(counts: readonly number[]): Float64Array {
  const totals = new Float64Array(counts.length + 1);
  counts.forEach((count, i) => {
    totals[i + 1] = totals[i]! + count;
  });
  return totals;
}

/** Adds up what a sorted table has of each tenth of all flights, of which `before` come before its own. */
export function sumTenths(table: Table, before: number, all: number): Tenth[] {
  const delay = column(table, "delay");
  return Array.from({ length: 10 }, (_, tenth) => {
    const from = clamp(Math.ceil((tenth * all) / 10) - before, table.rows);
    const to = clamp(Math.ceil(((tenth + 1) * all) / 10) - before, table.rows);
    const sums = Float64Array.from(COLUMNS, (name) =>
      column(table, name)
        .subarray(from, to)
        .reduce((sum, value) => sum + value, 0),
    );
    const delays = from < to ? ([delay[from]!, delay[to - 1]!] as const) : ([Infinity, -Infinity] as const);
    return { flights: to - from, delays, sums };
  });
}

function clamp(row: number, rows: number): number {
  return Math.min(Math.max(row, 0), rows);
}

/** Two parts of each tenth together. */
export function addTenths(some: readonly Tenth[], others: readonly Tenth[]): Tenth[] {
  return some.map((one, i) => {
    const other = others[i]!;
    return {
      flights: one.flights + other.flights,
      delays: [Math.min(one.delays[0], other.delays[0]), Math.max(one.delays[1], other.delays[1])],
      sums: one.sums.map((sum, c) => sum + other.sums[c]!),
    };
  });
}

/** The means of each tenth. */
export function conclude(tenths: readonly Tenth[]): Findings {
  return {
    flights: tenths.reduce((sum, { flights }) => sum + flights, 0),
    tenths: tenths.map(({ flights, delays, sums }) => ({
      flights,
      delays,
      mean: new Map(COLUMNS.map((name, c) => [name, sums[c]! / flights])),
    })),
  };
}
