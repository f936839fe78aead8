/** Rows of numbers, kept column by column in one block of memory: so they travel, and are put on disk, as they are. */
export interface Table {
  readonly rows: number;
  readonly values: Float64Array;
}

/** What was going on at the airport is told of so many hours before a departure. */
export const HOURS = 12;

export type Column =
  // The delay, and behind the point a number of the flight: no two are the same.
  | "key"
  // Minutes after the scheduled arrival; negative when early.
  | "delay"
  // Of departure: of the year from 0, and of the day.
  | ("day" | "minute")
  // Miles, and degrees.
  | "distance"
  | ("origin latitude" | "origin longitude" | "destination latitude" | "destination longitude")
  // So many flights left the same airport in the hour so many before; they were so late on average.
  | `flights ${number} h before`
  | `late ${number} h before`;

export const COLUMNS: readonly Column[] = [
  ...(["key", "delay", "day", "minute", "distance"] as const),
  ...(["origin latitude", "origin longitude", "destination latitude", "destination longitude"] as const),
  ...Array.from({ length: HOURS }, (_, i): Column => `flights ${i + 1} h before`),
  ...Array.from({ length: HOURS }, (_, i): Column => `late ${i + 1} h before`),
];

export function emptyTable(rows: number): Table {
  return { rows, values: new Float64Array(rows * COLUMNS.length) };
}

/** A column to read and, as long as nobody else has the table, to write. */
export function column({ rows, values }: Table, name: Column): Float64Array {
  const start = COLUMNS.indexOf(name) * rows;
  return values.subarray(start, start + rows);
}
