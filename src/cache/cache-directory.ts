import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { asError } from "../errors.ts";
import { messageOf } from "../shown.ts";
import { PARTIAL } from "../store/file-bytes.ts";
import { isOrphaned, ownedName } from "../store/owner.ts";
import { checkValue, type Note, readNote } from "../store/value-file.ts";
import { keyOf } from "./hasher.ts";
import { libraryVersion } from "./library-version.ts";
import type { NodeKey } from "./node-keys.ts";

/** Another one for every change of what keys are made of, or of what the files hold. */
const FORMAT = 1;
const SUFFIX = ".value";
/** Of nodes with more of them it is not noted which. */
const MOST_PARTS = 200;
/** A file that is being written is not older. */
const LONGEST_WRITE = 3_600_000;

/** The files of a content cache: one per result, named by the label of its node and its key. */
export class CacheDirectory {
  readonly path: string;
  #isSwept = false;
  /** Where the files are that running runs need, whatever becomes of those in the directory. */
  readonly #held: string;
  #holds = 0;

  constructor(path: string) {
    this.path = path;
    this.#held = join(path, ownedName());
  }

  pathOf(label: string, key: string): string {
    return join(this.path, `${prefixOf(label)}${key}${SUFFIX}`);
  }

  /** What is noted beside a result. */
  noteOf(label: string, { key, parts }: NodeKey): Note {
    const noted = parts.length > MOST_PARTS ? undefined : parts.map(({ what, key: of }) => [what, of]);
    return { format: FORMAT, library: libraryVersion(), label, key, parts: noted };
  }

  /**
   * Looks for a result. All of its file is read, so that nothing is trusted that is damaged.
   * @returns its file; what is wrong with it, if it is none of ours; undefined if there is none
   */
  find(label: string, key: string): { readonly path: string } | { readonly problem: string } | undefined {
    const path = this.pathOf(label, key);
    if (!existsSync(path)) return undefined;
    try {
      const { note } = checkValue(path);
      const isOurs = note.format === FORMAT && note.label === label && note.key === key;
      return isOurs ? { path } : { problem: `${path} was made for something else` };
    } catch (error) {
      return { problem: messageOf(asError(error)) };
    }
  }

  /**
   * Keeps a file until `letGo` is called with what this returns, also if somebody removes it from the directory.
   * Its use is noted. Undefined if it is gone already.
   */
  hold(path: string): string | undefined {
    this.#sweep();
    const held = join(this.#held, `${++this.#holds}-${basename(path)}`);
    try {
      mkdirSync(this.#held, { recursive: true, mode: 0o700 });
      try {
        linkSync(path, held);
      } catch {
        // Not every file system has links.
        copyFileSync(path, held);
      }
      const now = new Date();
      utimesSync(path, now, now);
      return held;
    } catch {
      this.letGo([held]);
      return undefined;
    }
  }

  letGo(held: readonly string[]): void {
    for (const path of held) rmSync(path, { force: true });
    try {
      if (readdirSync(this.#held).length === 0) rmSync(this.#held, { recursive: true });
    } catch {
      // It is gone already.
    }
  }

  /** Which part of a node differs from what it was when a result of that label was kept last. */
  changeOf(label: string, { parts }: NodeKey): string | undefined {
    const [latest] = this.#earlier(label);
    if (latest === undefined) return undefined;
    const { library, format } = latest;
    if (library !== libraryVersion() || format !== FORMAT) return `it was kept by ${library}`;
    const known = latest.parts as readonly (readonly [string, string])[] | undefined;
    if (known === undefined) return "an argument changed";
    const changed = parts.find((part, i) => known[i]?.[1] !== part.key);
    if (changed === undefined) return "the number of arguments changed";
    return `${changed.what} changed`;
  }

  /** Removes the files that were not used for the longest time, until the rest is small enough. */
  async trim(maxBytes: number): Promise<void> {
    const files: { path: string; bytes: number; used: number }[] = [];
    for (const name of await readdir(this.path).catch(() => [])) {
      const path = join(this.path, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      const used = found.mtimeMs;
      if (name.endsWith(SUFFIX)) files.push({ path, bytes: found.size, used });
      else if (name.endsWith(PARTIAL) && Date.now() - used > LONGEST_WRITE) await rm(path, { force: true });
    }
    files.sort((a, b) => b.used - a.used);
    let sum = 0;
    for (const { path, bytes } of files) {
      sum += bytes;
      if (sum > maxBytes) await rm(path, { force: true });
    }
  }

  /** Notes beside the results of nodes with this label, the latest first. */
  *#earlier(label: string): Generator<Note> {
    const prefix = prefixOf(label);
    for (const { path } of this.#namesOf(prefix)) {
      try {
        yield readNote(path).note;
      } catch {
        // Nothing of ours.
      }
    }
  }

  #namesOf(prefix: string): { path: string; written: number }[] {
    const found: { path: string; written: number }[] = [];
    for (const name of namesIn(this.path)) {
      if (!name.startsWith(prefix) || !name.endsWith(SUFFIX)) continue;
      const path = join(this.path, name);
      const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (written !== undefined) found.push({ path, written });
    }
    return found.sort((a, b) => b.written - a.written);
  }

  /** Once: what processes held that were killed. */
  #sweep(): void {
    if (this.#isSwept) return;
    this.#isSwept = true;
    for (const name of namesIn(this.path)) {
      if (isOrphaned(name)) rmSync(join(this.path, name), { recursive: true, force: true });
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** How the names of files begin that hold results of nodes with this label. */
function prefixOf(label: string): string {
  const readable = label.replaceAll(/[^A-Za-z0-9_]+/g, "_").slice(0, 32);
  return `${readable}-${keyOf("label", label).slice(0, 12)}-`;
}
