import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";
import type { Comm } from "./comm.ts";
import { closingFrame, FrameReader, framesOf } from "./frames.ts";
import { pack, unpack } from "./pack.ts";

/** Pieces of up to so many bytes are written together in one. */
const SMALL = 16 * 1024;

/** A channel to another process (or thread) over a stream of bytes. */
export class SocketComm implements Comm {
  onClose: (reason: Error | undefined) => void = () => {};
  readonly #socket: Socket;
  readonly #reader: FrameReader = new FrameReader({
    onMessage: (packed) => this.#receive(unpack(packed)),
    onClose: () => {
      this.#over = true;
      // What has not been sent yet would be ignored.
      this.#socket.destroy();
    },
  });
  #onMessage: ((message: unknown) => void) | undefined;
  #next: ((message: unknown) => void) | undefined;
  /** Messages that nobody has taken yet. */
  #waiting: unknown[] = [];
  /** What was sent in this turn. */
  #unsent: Uint8Array[] = [];
  /** True after an orderly end, here or there. */
  #over = false;
  /** True if this side has closed: then nothing arrives any more. */
  #closed = false;
  #failure: Error | undefined;

  /**
   * @param source An open socket, or what opens one that reads as it is told: then large buffers
   *   are read into their place without a copy.
   */
  constructor(source: Socket | ((onread: OnReadOpts) => Socket)) {
    if (typeof source === "function") {
      this.#socket = source({
        buffer: () => this.#reader.room(),
        callback: (bytes) => this.#read(() => this.#reader.advance(bytes)),
      });
    } else {
      this.#socket = source;
      source.on("data", (chunk) => this.#read(() => this.#reader.take(chunk)));
    }
    this.#socket.on("error", (error) => {
      this.#failure ??= error;
    });
    this.#socket.on("close", () => this.onClose(this.reason));
  }

  send(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    if (this.#over) return;
    const pieces = framesOf(pack(message, transfer));
    if (this.#unsent.length === 0) process.nextTick(() => this.flush());
    for (const piece of pieces) this.#unsent.push(piece);
  }

  get onMessage(): (message: unknown) => void {
    return this.#onMessage ?? (() => {});
  }

  set onMessage(take: (message: unknown) => void) {
    this.#onMessage = take;
    if (this.#waiting.length > 0) queueMicrotask(() => this.#giveWaiting());
  }

  /** The next message, which `onMessage` does not get. Rejects when the channel ends before. */
  next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#socket.once("close", () => reject(this.reason ?? new Error("the other side has closed")));
      this.#next = resolve;
    });
  }

  /** Why the channel has ended, or would have if it had by now; `undefined` after an orderly end. */
  get reason(): Error | undefined {
    if (this.#over) return undefined;
    return (
      this.#failure ??
      new Error(this.#reader.idle ? "the other side has gone" : "the other side has gone amid a message")
    );
  }

  flush(): void {
    if (this.#unsent.length === 0) return;
    const pieces = joined(this.#unsent);
    this.#unsent = [];
    // Together: one call of the system for as many as it takes.
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  close(): void {
    this.#closed = true;
    if (this.#over) return;
    this.#unsent.push(closingFrame());
    this.flush();
    this.#over = true;
    this.#socket.end();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** For a socket with `onread`: true, as it shall read on. */
  #read(take: () => void): true {
    try {
      take();
    } catch (error) {
      this.#failure ??= new Error("what has arrived cannot be read", { cause: error });
      this.#socket.destroy();
    }
    return true;
  }

  #receive(message: unknown): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    this.#giveWaiting();
  }

  #giveWaiting(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const take = this.#next ?? this.#onMessage;
      if (take === undefined) return;
      this.#next = undefined;
      try {
        take(this.#waiting.shift());
      } catch (error) {
        // The reader must go on in good order, whatever its owner does.
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }
}

/** Opens a pipe that the process was started with, for a `SocketComm`. */
export function openPipe(fd: number): (onread: OnReadOpts) => Socket {
  // Missing in the types only.
  return (onread) => new Socket({ fd, onread } as SocketConstructorOpts);
}

/** The same bytes, with small pieces put together. */
function joined(pieces: readonly Uint8Array[]): Uint8Array[] {
  const all: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const join = (): void => {
    if (small.length > 0) all.push(small.length === 1 ? small[0]! : Buffer.concat(small));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.byteLength <= SMALL) small.push(piece);
    else {
      join();
      all.push(piece);
    }
  }
  join();
  return all;
}
