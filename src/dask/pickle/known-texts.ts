/**
 * Short texts that have been read before, found by their bytes: names of fields, classes and
 * operations are the same in all messages.
 */
const texts: string[] = new Array(512).fill("");

/** Longer texts are not looked for. */
export const LONGEST_KNOWN = 31;

/** The text of these bytes; undefined if they are not ASCII. */
export function knownText(bytes: Uint8Array, start: number, length: number): string | undefined {
  let hash = length;
  for (let index = start; index < start + length; index++) hash = (hash * 31 + bytes[index]!) | 0;
  const slot = hash & (texts.length - 1);
  const known = texts[slot]!;
  if (known.length === length && isText(known, bytes, start)) return known;
  let text = "";
  for (let index = start; index < start + length; index++) {
    const code = bytes[index]!;
    if (code > 0x7f) return undefined;
    text += String.fromCharCode(code);
  }
  texts[slot] = text;
  return text;
}

function isText(text: string, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
