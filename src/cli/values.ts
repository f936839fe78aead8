import { InvalidArgumentError } from "commander";
import { asError } from "../errors.ts";
import { messageOf } from "../shown.ts";

/** A parser of whole numbers in a range. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A number of seconds, in milliseconds. */
export function seconds(text: string): number {
  const [, amount] = /^(\d+(?:\.\d+)?)s?$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError("It must be a number of seconds.");
  return Number(amount) * 1000;
}

/** Amounts by names: `GPU=2,LICENCE=1`. */
export function amounts(text: string): Readonly<Record<string, number>> {
  const entries = text.split(/[ ,]+/).map((part): [string, number] => {
    const [, name, amount] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    if (name === undefined) throw new InvalidArgumentError("It must be like GPU=2,LICENCE=1.");
    return [name, Number(amount)];
  });
  return Object.fromEntries(entries);
}

/** What a check that throws has to say, as something the user can mend. */
export function checked<T>(check: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return check(text);
    } catch (error) {
      throw new InvalidArgumentError(messageOf(asError(error)));
    }
  };
}
