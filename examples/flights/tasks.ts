/**
 * The work itself: ordinary functions that know nothing of graphs. They share no state and hand on
 * plain data, so that each call may run anywhere; a database is opened and closed within one call.
 */

import { basename } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** The flights that left on one day, column by column. Flights that were cancelled are not in the data. */
export interface Flights {
  readonly date: string;
  readonly origin: readonly string[];
  /** Minutes after the scheduled arrival; negative when early. */
  readonly delay: Int16Array;
}

/** A number of flights, and the minutes by which they were late, all together. */
export interface Traffic {
  readonly flights: number;
  readonly minutes: number;
}

export interface Airport {
  readonly code: string;
  readonly name: string;
  readonly city: string;
}

/** Per airport what usually leaves it on a day, by the kind of day (see `kindOfDay`). */
export type Reference = ReadonlyMap<
  string,
  { readonly airport: Airport; readonly usual: ReadonlyMap<number, Traffic> }
>;

/** Days from `from` to `to`, both included, as `YYYY-MM-DD`. */
export interface Dates {
  readonly from: string;
  readonly to: string;
}

/** What left one airport within some days, and what usually leaves it on such days. */
export interface Departures {
  readonly airport: Airport;
  readonly actual: Traffic;
  readonly usual: Traffic;
}

/** One or more days, airport by airport. */
export interface Period {
  readonly dates: Dates;
  readonly airports: ReadonlyMap<string, Departures>;
}

/** How much worse one airport was doing in one period than in another. */
export interface Contrast {
  readonly worse: Departures;
  readonly better: Departures;
  readonly gap: number;
}

/** The airports that did much worse in one period than in another, the largest gap first. */
export interface Story {
  readonly worse: Dates;
  readonly better: Dates;
  readonly contrasts: readonly [Contrast, ...Contrast[]];
}

/** All airports together. */
export interface Overall {
  readonly dates: Dates;
  readonly actual: Traffic;
}

export interface Comparison {
  /** The two periods, the one with the later flights first. */
  readonly overall: readonly [Overall, Overall];
  readonly later: readonly Story[];
  readonly emptier: readonly Story[];
}

export interface Findings {
  readonly comparisons: number;
  readonly furthest: readonly [Overall, Overall];
  /** Where and when flights were much later than at another time. */
  readonly later: readonly Story[];
  /** Where and when much fewer flights left than at another time. */
  readonly emptier: readonly Story[];
}

/** Below so many usual departures a day, a single bad flight makes a bad airport. */
const BUSY = 50;
/** So many stories are told, with so many other airports in each. */
const STORIES = 5;
const OTHERS = 3;

const nothing: Traffic = { flights: 0, minutes: 0 };

/** Reads the file of one day, `<date>.parquet`. */
export async function load(file: string): Promise<Flights> {
  return query(":memory:", async (connection) => {
    const rows = await connection.runAndReadAll("SELECT origin, delay FROM read_parquet($file)", { file });
    const [origin, delay] = rows.getColumnsJS() as [string[], number[]];
    return { date: basename(file, ".parquet"), origin, delay: Int16Array.from(delay) };
  });
}

/** Reads the airports and their usual traffic from the reference database. */
export async function loadFromSql(database: string): Promise<Reference> {
  return query(database, async (connection) => {
    const rows = await connection.runAndReadAll(`
      SELECT iata AS code, name, city, kind_of_day, flights, minutes
      FROM usual JOIN airports ON iata = origin
      ORDER BY ALL`);
    const reference = new Map<string, { airport: Airport; usual: Map<number, Traffic> }>();
    for (const row of rows.getRowObjectsJS() as unknown as (Airport & Traffic & { kind_of_day: number })[]) {
      const { code, name, city, kind_of_day, flights, minutes } = row;
      const entry = reference.get(code) ?? { airport: { code, name, city }, usual: new Map() };
      reference.set(code, entry);
      entry.usual.set(kind_of_day, { flights, minutes });
    }
    return reference;
  });
}

/** Sums up one day by airport of departure, beside what is usual on such a day. */
export function process({ date, origin, delay }: Flights, reference: Reference): Period {
  const actual = new Map<string, { flights: number; minutes: number }>();
  origin.forEach((code, i) => {
    const sum = actual.get(code) ?? { ...nothing };
    sum.flights += 1;
    sum.minutes += delay[i] ?? 0;
    actual.set(code, sum);
  });
  const kind = kindOfDay(new Date(date));
  const airports = new Map<string, Departures>();
  // By the reference rather than by the flights: an airport that nothing left is the most remarkable one.
  for (const [code, { airport, usual }] of reference) {
    airports.set(code, { airport, actual: actual.get(code) ?? nothing, usual: usual.get(kind) ?? nothing });
  }
  return { dates: { from: date, to: date }, airports };
}

/** Joins three days in a row into one period. Sums rather than means: busy days count for more. */
export function roll(first: Period, second: Period, third: Period): Period {
  const airports = new Map<string, Departures>();
  for (const [code, { airport }] of first.airports) {
    const days = [first, second, third].map((day) => day.airports.get(code));
    airports.set(code, {
      airport,
      actual: total(days.map((day) => day?.actual ?? nothing)),
      usual: total(days.map((day) => day?.usual ?? nothing)),
    });
  }
  return { dates: { from: first.dates.from, to: third.dates.to }, airports };
}

/** Where did two periods differ most, and which of them was the worse there? */
export function compare(a: Period, b: Period): Comparison {
  const overall = [a, b].map(({ dates, airports }) => ({
    dates,
    actual: total([...airports.values()].map(({ actual }) => actual)),
  })) as [Overall, Overall];
  return {
    overall: overall.sort((x, y) => lateness(y.actual) - lateness(x.actual)),
    later: [...stories(a, b, averageDelay), ...stories(b, a, averageDelay)],
    emptier: [...stories(a, b, missing), ...stories(b, a, missing)],
  };
}

/** The strongest contrasts of all. */
export function reduction(comparisons: readonly Comparison[]): Findings {
  const furthest = comparisons
    .map(({ overall }) => overall)
    .reduce((x, y) => (difference(y) > difference(x) ? y : x));
  return {
    comparisons: comparisons.length,
    furthest,
    later: strongest(comparisons.flatMap(({ later }) => later)),
    emptier: strongest(comparisons.flatMap(({ emptier }) => emptier)),
  };
}

/** Minutes by which the average flight was late. */
export function lateness({ flights, minutes }: Traffic): number {
  return minutes / flights;
}

/** Weekdays differ, and so do the timetables of the months: 10 is a Wednesday in January. */
function kindOfDay(date: Date): number {
  return 7 * (date.getUTCMonth() + 1) + date.getUTCDay();
}

function averageDelay({ actual }: Departures): number {
  return lateness(actual);
}

/** The part of the usual flights that did not take place; none where there were more than usual. */
function missing({ actual, usual }: Departures): number {
  return Math.max(0, 1 - actual.flights / usual.flights);
}

/** What there is to tell of an unlucky period: one story, or none. */
function stories(worse: Period, better: Period, badness: (departures: Departures) => number): Story[] {
  const contrasts: Contrast[] = [];
  for (const [code, departures] of worse.airports) {
    const counterpart = better.airports.get(code);
    if (counterpart === undefined || departures.usual.flights < BUSY * daysIn(worse.dates)) continue;
    const gap = badness(departures) - badness(counterpart);
    // Not a number where no flight left, and so none was late.
    if (gap > 0) contrasts.push({ worse: departures, better: counterpart, gap });
  }
  const [first, ...others] = contrasts.sort((x, y) => y.gap - x.gap);
  if (first === undefined) return [];
  const alike = others.filter(({ gap }) => gap >= first.gap / 2).slice(0, OTHERS);
  return [{ worse: worse.dates, better: better.dates, contrasts: [first, ...alike] }];
}

/** The stories with the largest gaps. Of those about the same days, only the best is worth telling. */
function strongest(stories: readonly Story[]): Story[] {
  const told: Story[] = [];
  for (const next of stories.toSorted((x, y) => y.contrasts[0].gap - x.contrasts[0].gap)) {
    if (told.length === STORIES) break;
    if (!told.some(({ worse }) => overlap(worse, next.worse))) told.push(next);
  }
  return told;
}

function difference([x, y]: readonly [Overall, Overall]): number {
  return Math.abs(lateness(x.actual) - lateness(y.actual));
}

function overlap(a: Dates, b: Dates): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function daysIn({ from, to }: Dates): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
}

function total(traffics: readonly Traffic[]): Traffic {
  let flights = 0;
  let minutes = 0;
  for (const traffic of traffics) {
    flights += traffic.flights;
    minutes += traffic.minutes;
  }
  return { flights, minutes };
}

/** Asks a database that is opened for it, and closed. */
export async function query<T>(
  database: string,
  ask: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  // Read-only, so that many processes may open the database at once; one thread, as there are many tasks.
  const access = database === ":memory:" ? {} : { access_mode: "READ_ONLY" };
  const instance = await DuckDBInstance.create(database, { threads: "1", ...access });
  try {
    const connection = await instance.connect();
    try {
      return await ask(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}
