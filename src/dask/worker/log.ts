/** A line that was said, as Python clients are shown it. */
interface Entry {
  readonly time: number;
  readonly level: "INFO" | "WARNING";
  readonly line: string;
}

/** So many lines can be asked for. */
const KEPT = 1000;

/** What a worker says, a line per event: on standard error, and to those who ask for its log. */
export class Log {
  /** What lines begin with. */
  prefix: string;
  readonly #quiet: boolean;
  readonly #entries: Entry[] = [];

  /** @param quiet only warnings go to standard error */
  constructor(prefix: string, quiet: boolean) {
    this.prefix = prefix;
    this.#quiet = quiet;
  }

  info(line: string): void {
    this.#say("INFO", line);
  }

  warn(line: string): void {
    this.#say("WARNING", line);
  }

  /** The latest lines, the latest first. */
  latest(count: number = KEPT): readonly Entry[] {
    return this.#entries.slice(-Math.max(1, count)).reverse();
  }

  #say(level: Entry["level"], line: string): void {
    this.#entries.push({ time: Date.now() / 1000, level, line });
    if (this.#entries.length > KEPT) this.#entries.shift();
    if (!this.#quiet || level === "WARNING") process.stderr.write(`${this.prefix}: ${line}\n`);
  }
}
