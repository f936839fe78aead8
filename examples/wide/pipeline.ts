import { delayedMap, op, treeReduce } from "../../src/index.ts";
import type { Inputs } from "../flights/prepare.ts";
import {
  addTenths,
  byHour,
  chooseBounds,
  conclude,
  countRows,
  load,
  loadAirports,
  merge,
  runningTotals,
  sample,
  split,
  sumTenths,
  widen,
} from "./tasks.ts";

/** Into so many parts flights are sorted. A task needs a few of these at once: 25 MB each for all days. */
const PARTS = 32;
const SAMPLES_PER_DAY = 100;

/** The whole computation. Nothing of it runs until an executor is given its node, and nothing in it speaks of memory. */
export function pipeline({ files, reference }: Inputs) {
  // One table for each day, joined with the airports and with what was before.
  const airports = op(loadAirports, reference);
  const flights = delayedMap(load, files);
  const hours = delayedMap(byHour, flights);
  const tables = flights.map((day, i) => op(widen, day, i, airports, hours[i]!, hours[i - 1] ?? new Map()));

  // All flights in the order of their delays: a sample tells where to cut, so that parts are of one size.
  const samples = tables.map((table) => op(sample, table, SAMPLES_PER_DAY));
  const bounds = op(chooseBounds, samples, PARTS);
  const splits = tables.map((table) => op(split, table, bounds));
  const sorted = Array.from({ length: PARTS }, (_, part) =>
    op(
      merge,
      splits.map((parts) => parts.at(part)),
    ),
  );

  // Which tenth a flight belongs to depends on how many there are in the parts before its own.
  const totals = op(runningTotals, delayedMap(countRows, sorted));
  const tenths = sorted.map((table, part) => op(sumTenths, table, totals.at(part), totals.at(PARTS)));
  return op(conclude, treeReduce(addTenths, tenths));
}
