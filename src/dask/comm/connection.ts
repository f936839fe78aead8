import type { Socket } from "node:net";
import { asError, CommError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { type FrameLimits, FrameReader, piecesOf } from "../protocol/framing.ts";
import { handshakeFrames, readHandshake } from "../protocol/handshake.ts";
import { decodeMessage, encodeMessage } from "../protocol/message.ts";

/** So many bytes may have come without having been read, before the other side has to wait. */
const MOST_UNREAD = 8 * 1024 * 1024;
/** What a message counts at least for this: it is an object as well. */
const LEAST = 256;
/** How long the other side has to see that the connection is closed, in milliseconds. */
const LEAVE = 2000;

/**
 * A connection that has been shaken hands on: whole messages, in order, one reader and one writer.
 * Made by `connect` and `listen`.
 */
export class Connection {
  /** The other end, as `tcp://host:port`. */
  readonly peer: string;
  /**
   * Resolves when the connection has ended: with the reason, or `undefined` if it was `close`d here. Never rejects.
   */
  readonly closed: Promise<CommError | undefined>;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  /** Messages that nobody has read yet, as frames. */
  readonly #inbox: Uint8Array[][] = [];
  #unread = 0;
  #waiting: { resolve(frames: Uint8Array[]): void; reject(error: Error): void } | undefined;
  /** What was written in this turn, and when it is on its way. */
  #unsent: Uint8Array[] = [];
  #sending: Promise<void> | undefined;
  /** Why nothing can be written any more. */
  #over: CommError | undefined;
  /** Why nothing can be read any more: later than `#over`, if messages are left. */
  #ended = false;
  #closedHere = false;

  /** @internal The owner of the socket hands what comes to `take`. */
  constructor(socket: Socket, peer: string, limits: FrameLimits) {
    this.#socket = socket;
    this.peer = peer;
    this.#reader = new FrameReader(limits);
    let failure: Error | undefined;
    socket.on("error", (error) => {
      failure ??= error;
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#end(
          failure === undefined ? this.#parted() : this.#problem(`was lost: ${codeOf(failure)}`, failure),
        );
        resolve(this.#closedHere ? undefined : this.#over);
      });
    });
  }

  /** False as soon as nothing can be written any more. */
  get open(): boolean {
    return this.#over === undefined;
  }

  /** All that has come, the handshake included. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** Keeps the process alive while the connection is open, as at first. */
  ref(): void {
    this.#socket.ref();
  }

  /** Lets the process end although the connection is open. */
  unref(): void {
    this.#socket.unref();
  }

  /** @internal Both sides say who they are before anything else. */
  async shakeHands(): Promise<void> {
    this.#send(handshakeFrames()).catch(() => {});
    try {
      readHandshake(await this.#next());
    } catch (error) {
      if (error instanceof CommError) throw error;
      const problem = `${this.peer} is no dask scheduler or worker: ${messageOf(asError(error))}`;
      throw this.#fail(new CommError(this.peer, problem, error));
    }
  }

  /**
   * The next message: maps are `Map`s. Rejects with a `CommError` when the connection has ended, and when
   * the message cannot be read, which ends the connection.
   */
  async read(): Promise<unknown> {
    const frames = await this.#next();
    try {
      return decodeMessage(frames);
    } catch (error) {
      throw this.#fail(this.#problem(`carried what cannot be read: ${messageOf(asError(error))}`, error));
    }
  }

  /**
   * Sends a message, see `encodeMessage`. Resolves when there is room for the next; large frames
   * are written from where they are, and must not be changed. Rejects with a `CommError` when the
   * connection has ended; a message that cannot be encoded rejects too, and leaves it usable.
   */
  async write(message: unknown): Promise<void> {
    if (this.#over !== undefined) throw this.#over;
    return this.#send(encodeMessage(message));
  }

  /** Sends what was written, and ends the connection. Resolves when it has ended, in bounded time. */
  async close(): Promise<void> {
    if (this.#over === undefined) {
      this.#closedHere = true;
      this.#flush();
      this.#end(this.#problem("has been closed here"));
      this.#socket.end();
      // What still comes is read and dropped: if it were left, the system would take back what was written.
      this.#socket.resume();
      const timer = setTimeout(() => this.#socket.destroy(), LEAVE);
      this.#socket.once("close", () => clearTimeout(timer));
    }
    await this.closed;
  }

  /** Ends the connection at once. What was written may not arrive; who reads or writes hears the reason. */
  abort(reason: string = "has been given up"): void {
    if (this.#over === undefined) this.#fail(this.#problem(reason));
  }

  /** @internal Where the next bytes of the socket belong, if that is known; those are `taken` there. */
  room(): Uint8Array | undefined {
    return this.#over === undefined ? this.#reader.room() : undefined;
  }

  /** @internal So many bytes of the socket are where `room` has said. */
  taken(bytes: number): void {
    this.#read(() => this.#reader.advance(bytes));
  }

  /** @internal Bytes of the socket that are somewhere else. */
  take(chunk: Uint8Array): void {
    this.#read(() => this.#reader.push(chunk));
  }

  #read(messages: () => Uint8Array[][]): void {
    if (this.#over !== undefined) return;
    try {
      for (const frames of messages()) this.#receive(frames);
    } catch (error) {
      this.#fail(this.#problem(`carried what cannot be read: ${messageOf(asError(error))}`, error));
    }
  }

  #receive(frames: Uint8Array[]): void {
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve(frames);
      return;
    }
    this.#inbox.push(frames);
    this.#unread += weight(frames);
    if (this.#unread > MOST_UNREAD) this.#socket.pause();
  }

  #next(): Promise<Uint8Array[]> {
    const frames = this.#inbox.shift();
    if (frames !== undefined) {
      const full = this.#unread > MOST_UNREAD;
      this.#unread -= weight(frames);
      if (full && this.#unread <= MOST_UNREAD) this.#socket.resume();
      return Promise.resolve(frames);
    }
    if (this.#ended) return Promise.reject(this.#over);
    if (this.#waiting !== undefined) throw new Error(`the connection to ${this.peer} is being read already`);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Messages of one turn leave together. */
  #send(frames: readonly Uint8Array[]): Promise<void> {
    for (const piece of piecesOf(frames)) this.#unsent.push(piece);
    this.#sending ??= new Promise((resolve, reject) => {
      process.nextTick(() => {
        // Unless it was flushed before this end of the connection was closed.
        if (this.#over !== undefined && this.#unsent.length > 0) {
          this.#unsent = [];
          this.#sending = undefined;
          reject(this.#over);
          return;
        }
        this.#flush();
        if (this.#over === undefined && this.#socket.writableNeedDrain) this.#whenDrained(resolve, reject);
        else resolve();
      });
    });
    return this.#sending;
  }

  #flush(): void {
    this.#sending = undefined;
    const pieces = this.#unsent;
    this.#unsent = [];
    if (pieces.length === 0) return;
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  #whenDrained(resolve: () => void, reject: (error: Error) => void): void {
    const onDrain = (): void => {
      this.#socket.off("close", onClose);
      resolve();
    };
    const onClose = (): void => {
      this.#socket.off("drain", onDrain);
      reject(this.#over!);
    };
    this.#socket.once("drain", onDrain).once("close", onClose);
  }

  #problem(what: string, cause?: unknown): CommError {
    return new CommError(this.peer, `the connection to ${this.peer} ${what}`, cause);
  }

  #parted(): CommError {
    return this.#problem(
      this.#reader.idle ? "was closed by the other side" : "was closed by the other side amid a message",
    );
  }

  #fail(error: CommError): CommError {
    this.#inbox.length = 0;
    this.#end(error);
    this.#socket.destroy();
    return error;
  }

  #end(reason: CommError): void {
    this.#over ??= reason;
    this.#ended = true;
    this.#waiting?.reject(this.#over);
    this.#waiting = undefined;
  }
}

function weight(frames: readonly Uint8Array[]): number {
  let bytes = LEAST;
  for (const frame of frames) bytes += frame.byteLength;
  return bytes;
}

/** `ECONNRESET` says more than what Node makes of it. */
function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? messageOf(asError(error));
}
