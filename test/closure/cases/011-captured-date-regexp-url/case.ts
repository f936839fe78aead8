import type { Case } from "../../case.ts";

const date = new Date(86_400_000);
const pattern = /a+/giu;
pattern.lastIndex = 2;
const url = new URL("https://user@example.com:8080/a?b=c#d");

export default {
  run: () => [
    date.toISOString(),
    pattern.lastIndex,
    pattern.flags,
    pattern.exec("aaba")?.index,
    url.hash,
    url.port,
  ],
  expected: ["1970-01-02T00:00:00.000Z", 2, "giu", 3, "#d", "8080"],
} satisfies Case;
