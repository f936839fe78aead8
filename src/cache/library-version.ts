import { readFileSync } from "node:fs";

let known: string | undefined;

/** Name and version of this library: another one may compute otherwise. */
export function libraryVersion(): string {
  known ??= read();
  return known;
}

function read(): string {
  try {
    const { name, version } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    ) as { readonly name: string; readonly version: string };
    return `${name}@${version}`;
  } catch {
    // It has been bundled, or built somewhere else.
    return "dispatch-graph";
  }
}
