/** Gives out ranges of consecutive numbers from 0 and takes them back: first fit, neighbours joined. */
export class Ranges {
  /** Starts and sizes of free ranges below `#end`, ascending, never adjacent. */
  readonly #free: { start: number; size: number }[] = [];
  #end = 0;

  /** One more than the largest number in use. */
  get end(): number {
    return this.#end;
  }

  allocate(size: number): number {
    for (const [i, range] of this.#free.entries()) {
      if (range.size < size) continue;
      const start = range.start;
      range.start += size;
      range.size -= size;
      if (range.size === 0) this.#free.splice(i, 1);
      return start;
    }
    const start = this.#end;
    this.#end += size;
    return start;
  }

  free(start: number, size: number): void {
    if (size === 0) return;
    const found = this.#free.findIndex((range) => range.start > start);
    const i = found < 0 ? this.#free.length : found;
    this.#free.splice(i, 0, { start, size });
    this.#join(i);
    this.#join(i - 1);
    const last = this.#free.at(-1);
    if (last !== undefined && last.start + last.size === this.#end) {
      this.#end = last.start;
      this.#free.pop();
    }
  }

  #join(i: number): void {
    const range = this.#free[i];
    const next = this.#free[i + 1];
    if (range === undefined || next === undefined || range.start + range.size !== next.start) return;
    range.size += next.size;
    this.#free.splice(i + 1, 1);
  }
}
