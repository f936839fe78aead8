/**
 * Times several contenders side by side: in every round each of them gets its turn, so that a
 * busy moment of the machine hits all alike.
 */

/** Something to be timed; it does its work and results in a value that is the same for all. */
export interface Timed {
  readonly name: string;
  /** It takes part in the first so many rounds only; for the very slow. */
  readonly rounds?: number;
  run(): number | Promise<number>;
}

/** What was measured of one contender, in milliseconds for all of its work. */
export interface Timing {
  readonly name: string;
  readonly median: number;
  readonly minimum: number;
  readonly rounds: number;
}

/**
 * @param clean collect all garbage before each turn, and not just what is young: for work that
 *   leaves so much that the next would have to clear it up
 * @throws Error when two contenders come to different values
 */
export async function interleave(
  contenders: readonly Timed[],
  rounds: number,
  clean: boolean,
): Promise<Timing[]> {
  const times = contenders.map((): number[] => []);
  let expected: { value: number; name: string } | undefined;
  for (let round = 0; round < rounds; round++) {
    for (const which of turns(contenders.length, round)) {
      const contender = contenders[which]!;
      if (round >= (contender.rounds ?? Infinity)) continue;
      const { value, time } = await timed(contender, clean);
      times[which]!.push(time);
      expected ??= { value, name: contender.name };
      if (value !== expected.value) {
        throw new Error(`${contender.name} came to ${value}, ${expected.name} to ${expected.value}`);
      }
    }
  }
  return contenders.map(({ name }, which) => {
    const sorted = times[which]!.sort((a, b) => a - b);
    return { name, median: medianOf(sorted), minimum: sorted[0]!, rounds: sorted.length };
  });
}

/** Who comes first changes from round to round, and so do the neighbours. */
export function turns(contenders: number, round: number): number[] {
  const order = Array.from({ length: contenders }, (_, turn) => (turn + (round >> 1)) % contenders);
  return round % 2 === 0 ? order : order.reverse();
}

/**
 * A full collection is not free for those who come after it: compiled code is thrown away when
 * one finds no object of a kind that the code was made for. That is why there is one before large
 * work only.
 */
async function timed(contender: Timed, clean: boolean): Promise<{ value: number; time: number }> {
  collectGarbage(clean ? "all" : "young");
  const begin = performance.now();
  const outcome = contender.run();
  const value = typeof outcome === "number" ? outcome : await outcome;
  return { value, time: performance.now() - begin };
}

/** @param sorted in ascending order */
export function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** @throws Error when Node runs without `--expose-gc` */
export function collectGarbage(which: "all" | "young"): void {
  const collect = globalThis.gc as ((options?: { type: "minor" }) => void) | undefined;
  if (collect === undefined) throw new Error("benchmarks need node --expose-gc");
  if (which === "young") collect({ type: "minor" });
  // With any options at all, some of the garbage may stay.
  else collect();
}
