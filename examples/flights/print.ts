import { relative } from "node:path";
import type { DependencyError, ParallelExecutor } from "../../src/index.ts";
import type { Stages } from "./stages.ts";
import { type Dates, type Departures, type Findings, lateness, type Story } from "./tasks.ts";

/** What was found, for people who fly. */
export function findingsText({ comparisons, furthest, later, emptier }: Findings): string {
  return [
    `Among ${count(comparisons, "random pair")} of three-day windows of the year 2001:`,
    "",
    "Latest flights: by how much they arrived late on average, by airport of departure",
    ...storyLines(later, aboutDelay, ({ actual }) => late(actual)),
    "",
    "Fewest flights: one that was cancelled is not in the data, so it shows as missing",
    ...storyLines(emptier, aboutNumber, share),
    "",
    "Furthest apart, all airports together",
    ...furthest.map(
      ({ dates, actual }) => `  ${period(dates)}: ${count(actual.flights, "flight")}, ${late(actual)}`,
    ),
  ].join("\n");
}

function storyLines(
  stories: readonly Story[],
  about: (departures: Departures) => string,
  brief: (departures: Departures) => string,
): string[] {
  if (stories.length === 0) return ["  None stands out."];
  return stories.flatMap(({ worse, better, contrasts: [first, ...others] }) => {
    const also = others.map(
      ({ worse: other }) => `${other.airport.city} (${other.airport.code}) ${brief(other)}`,
    );
    return [
      `  ${period(worse)}: ${place(first.worse)}`,
      `    ${about(first.worse)}. ${period(better)}: ${brief(first.better)}.`,
      ...(also.length > 0 ? [`    Also ${also.join(", ")}.`] : []),
    ];
  });
}

function aboutDelay({ actual, usual }: Departures): string {
  return `${count(actual.flights, "flight")}, ${late(actual)}. Usual on these weekdays: ${late(usual)}`;
}

function aboutNumber(departures: Departures): string {
  const { actual, usual } = departures;
  return `${number(actual.flights)} of the usual ${count(usual.flights, "flight")}: ${share(departures)}`;
}

function place({ airport: { code, name, city } }: Departures): string {
  return name.includes(city) ? `${name} (${code})` : `${name}, ${city} (${code})`;
}

/**
 * How long each stage took, from the start of its first task to the end of its last one.
 * @param hasSums whether the times of single tasks are known well enough to be added up: from a cluster, beginnings and ends
 *   are often heard of together
 */
export function stagesText(stages: Stages, total: number, hasSums: boolean): string {
  const row = (name: string, tasks: string, failed: string, span: string, sum: string) =>
    (name.padEnd(18) + tasks.padStart(5) + failed.padStart(8) + span.padStart(11)).concat(
      hasSums ? sum.padStart(14) : "",
    );
  return [
    row("stage", "tasks", "failed", "wall time", "sum of tasks"),
    ...[...stages].map(({ label, tasks, failed, began, ended, sum }) =>
      row(label, number(tasks), number(failed), seconds(ended - began), seconds(sum)),
    ),
    row("all", "", "", seconds(total), ""),
  ].join("\n");
}

/** What became of the workers' time, and which way results went. */
export function workersText(executor: ParallelExecutor, total: number): string {
  const { bytesTransferred, bytesThroughController } = executor.stats();
  const idle = executor.workers.map(
    ({ id, busy = 0 }) =>
      `${id} ${seconds(Math.max(0, total - busy))} (${Math.round((100 * (total - busy)) / total)} %)`,
  );
  return [
    `Idle: ${idle.join(", ")}`,
    `Between workers: ${megabytes(bytesTransferred)}; intermediate results through this process: ${megabytes(bytesThroughController)}`,
  ].join("\n");
}

/** Which task failed, why, and what could not be done for want of it. */
export function failureText({ label, path, cause }: DependencyError): string {
  const [firstLine = ""] = cause.message.split("\n");
  const reason = firstLine.replaceAll(/(?<=['"])\/[^'"]+/g, (file) => relative(".", file));
  const needed = path.length > 1 ? ` It was needed for ${path.slice(1).join(" → ")}.` : "";
  return `The task "${label}" failed: ${reason}.${needed}`;
}

/** How much was not done. */
export function missingText(stages: Stages): string {
  const parts = [...stages].filter(({ failed }) => failed > 0);
  return `Left out: ${parts.map(({ label, tasks, failed }) => `${label} ${failed} of ${tasks}`).join(", ")}.`;
}

function period({ from, to }: Dates): string {
  return dateFormat.formatRange(new Date(from), new Date(to));
}

function count(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
}

const dateFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

function number(n: number): string {
  return Math.round(n).toLocaleString("en");
}

function late(traffic: { flights: number; minutes: number }): string {
  const minutes = Math.round(lateness(traffic));
  if (minutes === 0) return "on time";
  return minutes > 0 ? `${minutes} min late` : `${-minutes} min early`;
}

function share({ actual, usual }: Departures): string {
  return `${Math.round((100 * actual.flights) / usual.flights)} %`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
