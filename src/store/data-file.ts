import { Library } from "../closure/library.ts";
import { ValueFileError } from "../errors.ts";
import { type Decoder, decode, encode } from "../serialize/encode.ts";
import { survey } from "../serialize/survey.ts";
import { type Note, readValue, writeValue } from "./value-file.ts";

/** What lies in a file never becomes a function. */
const NO_CODE: Decoder = { functionOf: refuse, restore: refuse };

function refuse(): never {
  throw new TypeError("it holds code");
}

/**
 * Writes data into a file that outlives this process and this program: all of it or, if it fails, nothing.
 * The same value is read again, Buffers and objects without prototype included.
 *
 * @param note what is to be found with it
 * @returns bytes of the file
 * @throws ValueFileError: the system refuses, or the value is not data alone
 */
export function writeData(value: unknown, path: string, note: Note = {}): number {
  const found = survey(value);
  const [type] = found.mends.instances.keys();
  if (found.way === "captured") throw noData(path, "functions, or objects that are more than data");
  if (type !== undefined) throw noData(path, `an instance of ${type.name || "a class without a name"}`);
  // Nothing is asked of the library, as there is nothing to capture.
  const { plain, data, buffers } = encode(value, new Library("data"), "the value", found);
  return writeValue(path, data, { ...note, plain }, { durable: true, shared: "copy", buffers });
}

function noData(path: string, what: string): ValueFileError {
  return new ValueFileError(path, "cannot be written", new TypeError(`the value holds ${what}`));
}

/**
 * The value that `writeData` wrote, once its checksum is verified.
 * @throws ValueFileError: the file is missing, damaged, or no such file
 */
export function readData(path: string): unknown {
  const { data, note } = readValue(path);
  try {
    if (typeof note.plain !== "boolean") throw new TypeError("it has not been saved as data");
    return decode(data, note.plain, NO_CODE);
  } catch (cause) {
    throw new ValueFileError(path, "cannot be read", cause);
  }
}
