import type { ExecutorStats } from "../../src/index.ts";
import type { Column } from "./table.ts";
import type { Findings } from "./tasks.ts";

const BEFORE = [1, 2, 4, 8, 12] as const;

/** What was found, for people who fly. */
export function findingsText({ flights, tenths }: Findings): string {
  const first = tenths[0]!.mean;
  const last = tenths.at(-1)!.mean;
  const later = (name: Column): string => (last.get(name)! - first.get(name)!).toFixed(0);
  return [
    `${flights.toLocaleString("en")} flights of 2001 in the order of their delays, and how late on average were the`,
    "flights that had left the same airport so many hours before:",
    "",
    row("", "minutes late", "left at", ...BEFORE.map((hours) => `${hours} h`)),
    ...tenths.map(({ delays: [from, to], mean }, i) =>
      row(
        `tenth ${i + 1}`,
        `${from} to ${to}`,
        timeText(mean.get("minute")!),
        ...BEFORE.map((hours) => mean.get(`late ${hours} h before`)!.toFixed(1)),
      ),
    ),
    "",
    `Where the latest tenth left, flights had been ${later("late 1 h before")} minutes later an hour before than where the earliest`,
    `did, and still ${later("late 4 h before")} minutes later four hours before.`,
  ].join("\n");
}

/** What it took. */
export function resourcesText(
  milliseconds: number,
  { bytesWritten, bytesReadBack, bytesTransferred }: ExecutorStats,
  dataBytes: number,
  peaks: readonly (readonly [who: string, bytes: number])[],
): string {
  return [
    `Wall time: ${(milliseconds / 1000).toFixed(1)} s`,
    `Data: ${megabytes(dataBytes)}, once as tables of days and once sorted`,
    `Spilled: ${megabytes(bytesWritten)} written to disk, ${megabytes(bytesReadBack)} read back; between workers: ${megabytes(bytesTransferred)}`,
    `Peak resident memory: ${peaks.map(([who, bytes]) => `${who} ${megabytes(bytes)}`).join(", ")}`,
  ].join("\n");
}

function row(name: string, delays: string, time: string, ...hours: readonly string[]): string {
  return (
    name.padEnd(9) + delays.padStart(13) + time.padStart(9) + hours.map((one) => one.padStart(8)).join("")
  );
}

function timeText(minute: number): string {
  const parts = [Math.floor(minute / 60), Math.floor(minute % 60)];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
