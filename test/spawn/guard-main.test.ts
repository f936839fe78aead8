import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SocketComm } from "../../src/comm/socket.ts";
import { Inbox } from "../support/comm-contract.ts";

const GUARD = new URL("../../dist/spawn/guard-main.js", import.meta.url).href;

/** A process that starts a guard and computes from then on. */
function guarded() {
  const directory = mkdtempSync(join(tmpdir(), "guard-"));
  const text = `
    const memory = new SharedArrayBuffer(4096 * 4);
    const directory = ${JSON.stringify(directory)};
    new (require("node:worker_threads").Worker)(new URL(${JSON.stringify(GUARD)}), {
      workerData: { memory, fd: 3, directory },
    });
    for (;;);
  `;
  const child = spawn(process.execPath, ["-e", text], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const comm = new SocketComm(child.stdio[3] as Socket);
  return { directory, child, comm, exit: once(child, "exit") };
}

describe("the guard", () => {
  it("answers although the main thread has never yielded", async () => {
    const { comm, exit } = guarded();
    const inbox = new Inbox(comm);
    comm.send({ request: 1, tickets: [4096, 4097] });
    comm.send({ request: 2, tickets: [4097, 4098] });
    expect(await inbox.first(2)).toEqual([
      { request: 1, revoked: [4096, 4097] },
      { request: 2, revoked: [4098] },
    ]);
    comm.close();
    await exit;
  });

  it.each(["close", "breakDown"])(
    "ends the process and removes the directory with its controller: %s",
    async (how) => {
      const { directory, child, comm, exit } = guarded();
      const answer = new Inbox(comm).first(1);
      comm.send({ request: 1, tickets: [] });
      await answer;
      expect(existsSync(directory)).toBe(true);
      if (how === "close") comm.close();
      else (child.stdio[3] as Socket).destroy();
      expect(await exit).toEqual([null, "SIGKILL"]);
      expect(existsSync(directory)).toBe(false);
    },
  );
});
