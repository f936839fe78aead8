import type { MessagePort } from "node:worker_threads";
import type { Comm } from "./comm.ts";

/** A channel to another thread. */
export class PortComm implements Comm {
  onClose: (reason: Error | undefined) => void = () => {};
  readonly #port: MessagePort;
  #onMessage: ((message: unknown) => void) | undefined;
  #failure: Error | undefined;
  #closed = false;
  #keepsAlive = true;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("close", () => {
      this.#closed = true;
      this.onClose(this.#failure);
    });
    port.on("messageerror", (error) => {
      this.#failure = new Error("a message cannot be read here", { cause: error });
      this.close();
    });
  }

  send(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    // The list is only read.
    this.#port.postMessage(message, transfer as ArrayBuffer[] | undefined);
  }

  get onMessage(): (message: unknown) => void {
    return this.#onMessage ?? (() => {});
  }

  set onMessage(take: (message: unknown) => void) {
    // The port starts with its first listener.
    if (this.#onMessage === undefined) {
      this.#port.on("message", (message) => {
        if (!this.#closed) this.#onMessage!(message);
      });
      // A listener refs its port.
      if (!this.#keepsAlive) this.#port.unref();
    }
    this.#onMessage = take;
  }

  /** A port has sent already. */
  flush(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.close();
  }

  ref(): void {
    this.#keepsAlive = true;
    this.#port.ref();
  }

  unref(): void {
    this.#keepsAlive = false;
    this.#port.unref();
  }
}
