import { printTable, short } from "./table.ts";

/** One thing aimed at, and what was measured of it. */
export interface Goal {
  readonly what: string;
  readonly sense: "at most" | "at least";
  readonly limit: number;
  readonly figure: number;
  readonly unit: string;
}

/** Prints what was aimed at and whether it was met. */
export function printGoals(goals: readonly Goal[]): void {
  if (goals.length === 0) return;
  printTable<Goal>(
    [
      { heading: "what", cell: ({ what }) => what },
      { heading: "goal", cell: ({ sense, limit }) => `${sense} ${short(limit)}`, right: true },
      { heading: "figure", cell: ({ figure }) => short(figure), right: true },
      { heading: "", cell: ({ unit }) => unit },
      { heading: "", cell: (goal) => (isMet(goal) ? "met" : "missed") },
    ],
    [goals],
  );
}

function isMet({ sense, limit, figure }: Goal): boolean {
  return sense === "at most" ? figure <= limit : figure >= limit;
}

/** The geometric mean: half as much and twice as much are equally far from 1. */
export function meanOfRatios(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}
