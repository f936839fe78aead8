import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ValueFileError } from "../../src/errors.ts";
import { defaultRoot, prepareDirectory, SpillDirectory, sweep } from "../../src/store/spill-directory.ts";
import { ROOT } from "../support/source-files.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "spill-directory-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("SpillDirectory", () => {
  it("is made when a worker needs it, for this user only", async () => {
    const directory = new SpillDirectory(root);
    expect(readdirSync(root)).toEqual([]);
    const path = directory.of("worker 1");
    prepareDirectory(path);
    prepareDirectory(path);
    for (let part = path; part !== root; part = dirname(part)) expect(modeOf(part)).toBe(0o700);
    await directory.remove();
  });

  it("may lie where nothing is yet", async () => {
    const directory = new SpillDirectory(join(root, "not", "there"));
    prepareDirectory(directory.of(1));
    expect(existsSync(directory.of(1))).toBe(true);
    await directory.remove();
  });

  it("stays where it is if the current directory changes", async () => {
    const directory = new SpillDirectory(relative(process.cwd(), root));
    expect(directory.of(1).startsWith(root)).toBe(true);
    await directory.remove();
  });

  it("is removed with all that is in it, and leaves nothing", async () => {
    const [one, other] = [new SpillDirectory(root), new SpillDirectory(root)];
    for (const directory of [one, other]) {
      prepareDirectory(directory.of(1));
      writeFileSync(join(directory.of(1), "value"), "");
    }
    await one.remove();
    await one.remove();
    expect(existsSync(one.path)).toBe(false);
    expect(existsSync(join(other.of(1), "value"))).toBe(true);
    await other.remove();
    expect(readdirSync(root)).toEqual([]);
  });

  it("gives up the files of one worker", async () => {
    const directory = new SpillDirectory(root);
    for (const worker of [1, 2]) prepareDirectory(directory.of(worker));
    writeFileSync(join(directory.of(1), "value"), "");
    await directory.removeWorker(1);
    await directory.removeWorker("that has never been");
    expect(readdirSync(directory.path)).toEqual(["2"]);
    await directory.remove();
  });

  it("goes at the end of the process", async () => {
    const listeners = process.listenerCount("exit");
    const directory = new SpillDirectory(root);
    expect(process.listenerCount("exit")).toBe(listeners + 1);
    await directory.remove();
    expect(process.listenerCount("exit")).toBe(listeners);
  });
});

describe.skipIf(process.getuid === undefined)("prepareDirectory", () => {
  let directory: SpillDirectory;
  let ofUser: string;
  beforeEach(() => {
    directory = new SpillDirectory(root);
    ofUser = dirname(directory.path);
  });
  afterEach(() => directory.remove());

  function refusal(): ValueFileError {
    try {
      prepareDirectory(directory.of(1));
    } catch (error) {
      if (error instanceof ValueFileError) return error;
      throw error;
    }
    throw new Error("it was not refused");
  }

  it("refuses a directory that is open to others", () => {
    mkdirSync(ofUser);
    chmodSync(ofUser, 0o750);
    expect(refusal().message).toMatch(/cannot be used to spill values: .*open to other users.*700/);
    expect(readdirSync(ofUser)).toEqual([]);
  });

  it("refuses a link, wherever it leads to", () => {
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, ofUser);
    expect(refusal().message).toContain(`${ofUser} is no directory`);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it("refuses a file", () => {
    writeFileSync(ofUser, "");
    expect(refusal().message).toMatch(/is no directory/);
  });

  // Only an administrator can give things away.
  it.skipIf(process.getuid?.() !== 0)("refuses what belongs to another user", () => {
    mkdirSync(ofUser, { mode: 0o700 });
    chownSync(ofUser, 12345, 12345);
    expect(refusal().message).toMatch(/belongs to another user/);
  });

  it("says what the system says", () => {
    writeFileSync(join(root, "file"), "");
    directory = new SpillDirectory(join(root, "file"));
    expect(refusal().cause).toMatchObject({ code: "EEXIST" });
  });
});

describe("sweep", () => {
  const children = new Set<ChildProcess>();
  afterEach(async () => {
    for (const child of children) await kill(child);
  });

  /** A process that spills, and the directory that it does it in. */
  async function spilling(): Promise<{ child: ChildProcess; path: string }> {
    const fixture = join("test", "store", "fixtures", "spilling.ts");
    const child = spawn(process.execPath, ["--import", "tsx", fixture, root], { cwd: ROOT });
    children.add(child);
    const [path] = (await once(child.stdout, "data")) as [Buffer];
    return { child, path: path.toString().trim() };
  }

  async function kill(child: ChildProcess): Promise<void> {
    children.delete(child);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  it("removes what a killed process has left, and nothing of one that lives", async () => {
    const [killed, living] = await Promise.all([spilling(), spilling()]);
    await kill(killed.child);
    expect(readdirSync(killed.path).length).toBeGreaterThan(0);
    await sweep(root);
    expect(existsSync(dirname(killed.path))).toBe(false);
    expect(readdirSync(living.path).length).toBeGreaterThan(0);
  });

  it("is done once in a process", async () => {
    await sweep(root);
    const { child, path } = await spilling();
    await kill(child);
    await sweep(root);
    expect(existsSync(path)).toBe(true);
  });

  it("leaves nothing if all are gone, and what it does not know as it is", async () => {
    const { child, path } = await spilling();
    const ofUser = dirname(dirname(path));
    const other = join(root, "another root");
    await kill(child);
    mkdirSync(join(other, "dispatch-graph-notes"), { recursive: true });
    writeFileSync(join(ofUser, "notes"), "");
    await sweep(root);
    expect(readdirSync(ofUser)).toEqual(["notes"]);
    await sweep(other);
    expect(readdirSync(other)).toEqual(["dispatch-graph-notes"]);
  });

  it("does not mind if there is nothing to look into", async () => {
    await sweep(join(root, "missing"));
    writeFileSync(join(root, "file"), "");
    await sweep(join(root, "file"));
  });

  it.skipIf(process.getuid === undefined)("does not follow a link", async () => {
    const { child, path } = await spilling();
    await kill(child);
    const ofUser = dirname(dirname(path));
    const other = join(root, "other");
    mkdirSync(other);
    symlinkSync(ofUser, join(other, ofUser.slice(root.length + 1)));
    await sweep(other);
    expect(existsSync(path)).toBe(true);
  });
});

describe("defaultRoot", () => {
  const before = process.env.TMPDIR;
  afterEach(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });

  it("is the directory for temporary files, if that is on a disk", () => {
    process.env.TMPDIR = ROOT;
    expect(defaultRoot()).toBe(ROOT.replace(/(?<=.)\/$/, ""));
  });

  it.skipIf(process.platform !== "linux" || !existsSync("/dev/shm"))(
    "is another one if that is in memory",
    () => {
      process.env.TMPDIR = "/dev/shm";
      expect(defaultRoot()).toBe("/var/tmp");
    },
  );

  it("does not mind if there is none", () => {
    process.env.TMPDIR = join(root, "missing");
    expect(defaultRoot()).toBe(join(root, "missing"));
  });
});
