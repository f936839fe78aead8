import { accessSync, constants, existsSync, lstatSync, mkdirSync, statfsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { removeAtExit, removed } from "../at-exit.ts";
import { ValueFileError } from "../errors.ts";
import { isOrphaned, ownedName } from "./owner.ts";

/**
 * Where the workers of one executor put values: `root/dispatch-graph-spill-<user>/<executor>/<worker>`. Nothing is
 * there before a worker calls `prepareDirectory`, and nothing after `remove`. If this process is killed,
 * `sweep` removes it at the start of another one.
 */
export class SpillDirectory {
  readonly path: string;

  /** @param root a directory on a disk; it need not be there yet */
  constructor(root: string = defaultRoot()) {
    this.path = join(userDirectory(root), ownedName());
    removeAtExit(this.path);
  }

  /** The directory of one worker; each needs another name. */
  of(worker: number | string): string {
    return join(this.path, String(worker));
  }

  /** Of a worker that has ended, and did not remove its files. */
  async removeWorker(worker: number | string): Promise<void> {
    const path = this.of(worker);
    if (existsSync(path)) await removeTree(path);
  }

  /** To be called when the workers have ended. */
  async remove(): Promise<void> {
    if (existsSync(this.path)) {
      await removeTree(this.path);
      await removeIfEmpty(dirname(this.path));
      // In this turn of the event loop the system's last answer still counts as something under way.
      await new Promise((resolve) => setImmediate(resolve));
    }
    removed(this.path);
  }
}

/** What cannot be removed now is swept at some later start. */
async function removeTree(path: string): Promise<void> {
  // Again if it is not empty after all: a worker that is being killed can be in the middle of something.
  await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
}

/**
 * Makes the directory of a worker, for this user only. Called there, before something is written into it.
 * @throws ValueFileError: it cannot be made, or is not safe, as another user has had a hand in it.
 */
export function prepareDirectory(path: string): void {
  try {
    const parent = dirname(dirname(path));
    mkdirSync(dirname(parent), { recursive: true });
    // If it is somebody else's, nothing is made in it.
    checkPrivate(parent);
    mkdirSync(path, { recursive: true, mode: PRIVATE });
    // From here on nobody can replace it.
    checkPrivate(parent);
  } catch (cause) {
    throw new ValueFileError(path, "cannot be used to spill values", cause);
  }
}

const PRIVATE = 0o700;
const OF_OTHERS = 0o077;

/** Throws if the directory is there and is not this user's alone. */
function checkPrivate(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) throw new Error(`${path} is no directory`);
  // Windows has other rights, and a directory for temporary files per user.
  if (process.getuid === undefined) return;
  if (found.uid !== process.getuid()) throw new Error(`${path} belongs to another user`);
  if ((found.mode & OF_OTHERS) !== 0)
    throw new Error(`${path} is open to other users; its mode should be 700`);
}

/**
 * Removes what killed processes have left under this root, once in this process. What belongs to living
 * processes, or to other machines, stays.
 */
export async function sweep(root: string = defaultRoot()): Promise<void> {
  const directory = userDirectory(root);
  if (swept.has(directory)) return;
  swept.add(directory);
  try {
    checkPrivate(directory);
    const orphaned = (await readdir(directory)).filter(isOrphaned);
    await Promise.all(orphaned.map((name) => removeTree(join(directory, name))));
    await removeIfEmpty(directory);
  } catch {
    // There is none, as a rule. If it is not as it should be, a worker that has to spill says so.
  }
}

/** Other executors of this user may be using it. */
async function removeIfEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => {});
}

const swept = new Set<string>();

function userDirectory(root: string): string {
  return resolve(root, `dispatch-graph-spill-${process.getuid?.() ?? "user"}`);
}

/** The directory for temporary files, unless what lies there is in memory anyway and there is another one. */
export function defaultRoot(): string {
  const usual = tmpdir();
  return isInMemory(usual) && isUsable(ON_DISK) ? ON_DISK : usual;
}

const ON_DISK = "/var/tmp";
const TMPFS = 0x0102_1994;
const RAMFS = 0x8584_58f6;

function isInMemory(path: string): boolean {
  try {
    const { type } = statfsSync(path);
    return type === TMPFS || type === RAMFS;
  } catch {
    return false;
  }
}

function isUsable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return !isInMemory(path);
  } catch {
    return false;
  }
}
