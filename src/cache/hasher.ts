import { createHash } from "node:crypto";

const BLOCK = 16 * 1024;
/** The block of a digest that is finished, for the next one. */
let spare: Buffer | undefined;

/** A digest of primitives, memory and marks, so that different rows of them have different digests. */
export class Hasher {
  readonly #hash = createHash("sha256");
  readonly #block = spare ?? Buffer.allocUnsafe(BLOCK);
  #used = 0;

  constructor() {
    spare = undefined;
  }

  /** Any primitive but a symbol. */
  add(value: undefined | null | boolean | number | bigint | string): this {
    switch (typeof value) {
      case "string":
        return this.#text("s", value);
      case "bigint":
        return this.#text("b", String(value));
      case "number":
        // There are many forms of NaN, and two zeros.
        if (Number.isNaN(value)) return this.mark("N");
        this.mark("n").#room(8);
        this.#used = this.#block.writeDoubleLE(value, this.#used);
        return this;
      case "boolean":
        return this.mark(value ? "t" : "f");
      default:
        return this.mark(value === null ? "0" : "u");
    }
  }

  /** A character of ASCII that stands for itself: what comes next, or where something ends. */
  mark(character: string): this {
    this.#room(1);
    this.#block[this.#used++] = character.charCodeAt(0);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    this.mark("m").add(bytes.byteLength);
    this.#flush();
    this.#hash.update(bytes);
    return this;
  }

  /** 64 hexadecimal digits. Nothing can be added afterwards. */
  digest(): string {
    this.#flush();
    spare = this.#block;
    return this.#hash.digest("hex");
  }

  #text(mark: string, text: string): this {
    this.mark(mark).#room(8);
    this.#used = this.#block.writeDoubleLE(text.length, this.#used);
    // As it is in memory: strings may hold halves of characters, which UTF-8 has no form for.
    const most = BLOCK / 2;
    for (let start = 0; start < text.length; start += most) {
      const part = text.slice(start, start + most);
      this.#room(2 * part.length);
      this.#used += this.#block.write(part, this.#used, "utf16le");
    }
    return this;
  }

  #room(bytes: number): void {
    if (this.#used + bytes > BLOCK) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#block.subarray(0, this.#used));
    this.#used = 0;
  }
}

/** The digest of a row of texts. */
export function keyOf(...parts: readonly string[]): string {
  const hasher = new Hasher();
  for (const part of parts) hasher.add(part);
  return hasher.digest();
}
