import { inspect } from "node:util";

const LONGEST = 300;

/** A value in one short line, whatever it is and however it resists. */
export function shown(value: unknown): string {
  try {
    const text = inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 5, maxStringLength: 100 });
    return shortened(text.replaceAll(/\s*\n\s*/g, " "), LONGEST);
  } catch {
    return "something that cannot be shown";
  }
}

/** The message of an error, or what there is in its place; bounded, and never throwing. */
export function messageOf(error: Error): string {
  try {
    const { message, name } = error;
    if (typeof message === "string" && message !== "") return shortened(message, 1000);
    return typeof name === "string" && message === "" ? name : "an error without a message";
  } catch {
    return "an error whose message cannot be read";
  }
}

/** The text, cut to a length, but not in the middle of a character. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** How a value that is no node appears in a summary: its type. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "object";
}
