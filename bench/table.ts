/** A column of a table: its heading, and how a row is shown in it; numbers stand to the right. */
export interface Column<R> {
  readonly heading: string;
  readonly cell: (row: R) => string;
  readonly right?: boolean;
}

/** Prints rows under headings, with a line between groups of rows. */
export function printTable<R>(columns: readonly Column<R>[], groups: readonly (readonly R[])[]): void {
  const rows = groups.flat();
  const widths = columns.map(({ heading, cell }) =>
    Math.max(heading.length, ...rows.map((row) => cell(row).length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, i) => (columns[i]!.right ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  console.log(line(columns.map(({ heading }) => heading)));
  for (const group of groups) {
    console.log(widths.map((width) => "─".repeat(width)).join("──"));
    for (const row of group) console.log(line(columns.map(({ cell }) => cell(row))));
  }
}

/** A number with three significant digits and no exponent. */
export function short(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3);
}

export function whole(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
