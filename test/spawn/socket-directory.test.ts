import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { SocketDirectory } from "../../src/spawn/socket-directory.ts";

const before = process.env.TMPDIR;
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});

describe("SocketDirectory", () => {
  it("is open to this user only, and gone when it is removed", () => {
    const directory = new SocketDirectory();
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    const [one, two] = [directory.address(1), directory.address(2)];
    expect(one).not.toBe(two);
    expect(dirname(one)).toBe(directory.path);
    writeFileSync(one, "");
    directory.removeSocket(one);
    directory.removeSocket(two);
    expect(existsSync(one)).toBe(false);
    writeFileSync(two, "");
    directory.remove();
    directory.remove();
    expect(existsSync(directory.path)).toBe(false);
  });

  it("listens to the end of the process only while there is one", () => {
    const listeners = process.listenerCount("exit");
    const [a, b] = [new SocketDirectory(), new SocketDirectory()];
    expect(process.listenerCount("exit")).toBe(listeners + 1);
    a.remove();
    b.remove();
    expect(process.listenerCount("exit")).toBe(listeners);
  });

  it("says when its path is too long for sockets", () => {
    const long = join(tmpdir(), "d".repeat(100));
    mkdirSync(long, { recursive: true });
    process.env.TMPDIR = long;
    const directory = new SocketDirectory();
    expect(() => directory.address(1)).toThrow(/too long for sockets/);
    directory.remove();
    rmSync(long, { recursive: true });
  });
});
