import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { newToken } from "../comm/handshake.ts";
import { SocketComm } from "../comm/socket.ts";
import { asError } from "../errors.ts";
import { CONTROL_FD, GUARD_FD, PROCESS_MARK, type ProcessBoot } from "./boot.ts";
import { inheritedByProcesses } from "./exec-argv.ts";
import { outOfMemoryError, uncaughtError } from "./exit-reason.ts";
import { GuardedClaims } from "./guard.ts";
import { Lifecycle } from "./lifecycle.ts";
import { SocketDirectory } from "./socket-directory.ts";
import type { Claims, ExitReason, Spawn, SpawnedWorker } from "./spawn.ts";

export interface ProcessOptions {
  /** File that calls `joinController`. */
  readonly entry: URL;
  /** Flags of Node for the processes; those of this process that make sense there if not given. */
  readonly execArgv?: readonly string[];
  /** True if memory that is free is to be given back to the system at once; that costs time. */
  readonly givesMemoryBack?: boolean;
}

/**
 * Makes glibc give the memory of large arrays back to the system when they are gone, also after it has
 * seen that such arrays come and go: it keeps it otherwise, to have it again. To take 8 MB anew takes about as long as to
 * copy them. Other systems do not know these.
 */
const GIVE_BACK = { MALLOC_MMAP_THRESHOLD_: "65536", MALLOC_TRIM_THRESHOLD_: "131072" };

/** How much of what a worker writes to stderr is remembered, in characters. */
const LAST_WORDS = 4000;

/**
 * Starts workers that are processes of this machine. They share a secret, and a directory for
 * the sockets by which they reach each other; it is there while there are workers.
 */
export function processSpawner(options: ProcessOptions): Spawn {
  const token = newToken();
  let directory: SocketDirectory | undefined;
  let alive = 0;
  let started = 0;
  return (seed) => {
    directory ??= new SocketDirectory();
    const { path } = directory;
    const address = directory.address(++started);
    alive++;
    return new ProcessWorker({ seed, address, token, directory: path }, options, () => {
      directory?.removeSocket(address);
      if (--alive > 0) return;
      directory?.remove();
      directory = undefined;
    });
  };
}

class ProcessWorker implements SpawnedWorker {
  readonly id: string;
  readonly pid: number;
  readonly threadId = undefined;
  readonly comm: SocketComm;
  readonly address: string;
  readonly claims: Claims;
  readonly #guard: SocketComm;
  readonly #lifecycle: Lifecycle;
  readonly #child: ChildProcess;
  readonly #stderr: Socket;
  #lastWords = "";
  /** The seed could not be sent. */
  #failure: Error | undefined;

  constructor(boot: ProcessBoot, options: ProcessOptions, onEnd: () => void) {
    this.id = boot.seed.id;
    this.address = boot.address;
    this.#lifecycle = new Lifecycle(`worker "${this.id}"`, () => void this.#child.kill("SIGKILL"));
    const { givesMemoryBack = false } = options;
    const execArgv = options.execArgv ?? inheritedByProcesses(process.execArgv);
    this.#child = spawn(process.execPath, [...execArgv, fileURLToPath(options.entry), PROCESS_MARK], {
      stdio: ["ignore", "inherit", "pipe", "pipe", "pipe"],
      env: givesMemoryBack ? { ...GIVE_BACK, ...process.env } : process.env,
    });
    this.pid = this.#child.pid ?? -1;
    this.comm = new SocketComm(pipeOf(this.#child, CONTROL_FD));
    this.#guard = new SocketComm(pipeOf(this.#child, GUARD_FD));
    this.claims = new GuardedClaims(this.#guard);
    try {
      this.comm.send(boot);
      // At once: if this process dies now, the worker must know what to clean up.
      this.comm.flush();
    } catch (error) {
      this.#failure = asError(error);
      this.#child.kill("SIGKILL");
    }
    this.comm.next().then(
      () => this.#lifecycle.joined(),
      () => {},
    );
    this.#stderr = pipeOf(this.#child, 2);
    this.#stderr.on("data", (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.#lastWords = (this.#lastWords + chunk.toString()).slice(-LAST_WORDS);
    });
    this.#watch(onEnd);
  }

  get ready(): Promise<void> {
    return this.#lifecycle.ready;
  }

  get exited(): Promise<ExitReason> {
    return this.#lifecycle.exited;
  }

  async terminate(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#lifecycle.terminated();
  }

  ref(): void {
    for (const one of [this.#child, this.comm, this.#guard, this.#stderr]) one.ref();
  }

  unref(): void {
    for (const one of [this.#child, this.comm, this.#guard, this.#stderr]) one.unref();
  }

  #watch(onEnd: () => void): void {
    const child = this.#child;
    const end = (reason: ExitReason, lastWords = ""): void => {
      this.comm.close();
      this.#guard.close();
      onEnd();
      this.#lifecycle.ended(reason, lastWords);
    };
    child.on("error", (error) => {
      // Other errors, of a signal that could not be sent, are no end.
      if (child.pid === undefined) end({ code: null, signal: null, error });
    });
    child.on("exit", async (code, signal) => {
      await this.#lifecycle.drained(new Promise((resolve) => child.once("close", resolve)));
      // Processes that it has started may have it for longer.
      this.#stderr.unref();
      const words = this.#lastWords;
      const said = code === 0 ? undefined : (outOfMemoryError(words) ?? uncaughtError(words));
      end({ code, signal, error: this.#failure ?? said }, words.trim());
    });
  }
}

/** A process that could not be made, as too many files are open, has no pipes. */
function pipeOf({ stdio }: ChildProcess, fd: number): Socket {
  const pipes = stdio as readonly unknown[] | undefined;
  return (pipes?.[fd] as Socket | undefined) ?? new Socket().destroy();
}
