import { type ParseArgsConfig, parseArgs } from "node:util";

/** A wrong argument on the command line; its message is one line. */
export class UsageError extends Error {}

/** @throws UsageError for arguments that are none of these */
export function parsed<const T extends NonNullable<ParseArgsConfig["options"]>>(options: T) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    // After the first sentence follows advice that does not apply here.
    throw new UsageError((error as Error).message.split(/\.\s/)[0]);
  }
}

/** @throws UsageError for what is no whole number, or out of range */
export function wholeNumber(option: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new UsageError(`--${option} takes a whole number from ${from} to ${to}, not '${text}'`);
}

/** @throws UsageError for what is none of the choices */
export function oneOf<T>(choices: Readonly<Record<string, T>>, option: string, text: string): T {
  const choice = Object.hasOwn(choices, text) ? choices[text] : undefined;
  if (choice !== undefined) return choice;
  throw new UsageError(`--${option} takes ${Object.keys(choices).join(" or ")}, not '${text}'`);
}
