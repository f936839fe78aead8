/** The functions that all contenders call. Piscina's workers load this very file. */

/** A task that costs nothing. */
export function addOne(x: number): number {
  return x + 1;
}

/**
 * A task that only computes: as many turns of a generator of random numbers as it is told.
 * @returns the last number, which depends on all before
 */
export function spin(turns: number): number {
  let state = 1;
  for (let turn = 0; turn < turns; turn++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state & 0xffff;
}

/** Numbers in an array of 8 MB. */
const LENGTH = 2 ** 20;

/** An array of 8 MB, full of one number. */
export function makeArray(number: number): Float64Array<ArrayBuffer> {
  return new Float64Array(LENGTH).fill(number);
}

/** The sum of an array's numbers. */
export function sumArray(array: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < array.length; i++) sum += array[i]!;
  return sum;
}

/** The sum of some numbers. */
export function sumAll(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** Tasks of a number that come to a number, by name. */
export const TASKS: Readonly<Record<string, (argument: number) => number>> = { addOne, spin };
export type TaskName = "addOne" | "spin";
