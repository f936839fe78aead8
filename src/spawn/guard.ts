import type { SocketComm } from "../comm/socket.ts";
import { Tickets } from "./claims.ts";
import type { Claims } from "./spawn.ts";

/** What the controller asks a worker's guard. */
export interface RevokeRequest {
  readonly request: number;
  readonly tickets: readonly number[];
}

/** What the guard answers. */
export interface RevokeReply {
  readonly request: number;
  readonly revoked: readonly number[];
}

/** What the guard is started with. */
export interface GuardSeed {
  /** Shared with the worker's main thread. */
  readonly memory: SharedArrayBuffer;
  /** The pipe to the controller. */
  readonly fd: number;
  /** To be removed when the controller has died. */
  readonly directory: string;
}

/** Claims of a worker in another process: its guard revokes, as its main thread may be busy. */
export class GuardedClaims implements Claims {
  readonly capacity: number;
  readonly #tickets = new Tickets();
  readonly #guard: SocketComm;
  readonly #open = new Map<number, (revoked: readonly number[]) => void>();
  #requests = 0;
  #gone = false;

  constructor(guard: SocketComm) {
    this.capacity = this.#tickets.capacity;
    this.#guard = guard;
    guard.onMessage = (message) => {
      const { request, revoked } = message as RevokeReply;
      const resolve = this.#open.get(request);
      this.#open.delete(request);
      for (const ticket of revoked) this.release(ticket);
      resolve?.(revoked);
    };
    guard.onClose = () => {
      this.#gone = true;
      for (const resolve of this.#open.values()) resolve([]);
      this.#open.clear();
    };
  }

  offer(): number {
    return this.#tickets.offer();
  }

  /** Resolves with nothing when the worker ends before it has answered. */
  revoke(tickets: readonly number[]): Promise<readonly number[]> {
    return new Promise((resolve) => {
      if (this.#gone) {
        resolve([]);
        return;
      }
      const request: RevokeRequest = { request: ++this.#requests, tickets };
      this.#open.set(request.request, resolve);
      this.#guard.send(request);
    });
  }

  release(ticket: number): void {
    this.#tickets.release(ticket);
  }

  isTaken(): undefined {
    return undefined;
  }
}
