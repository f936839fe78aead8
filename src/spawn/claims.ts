import type { Claims, WorkerClaims } from "./spawn.ts";

/**
 * Who decides a ticket first: the worker that takes it, or the controller that revokes it.
 *
 * A ticket is a place in a table and a generation, the number of tickets that had the place before.
 * The place in memory shared by the two holds the last decision made there: generation * 2, plus 1
 * if revoked. So a ticket needs no announcement: it is undecided for as long as its place holds
 * an older generation, and it does not matter whether the task or its revocation arrives first.
 * A place that holds a newer generation tells a latecomer that its own ticket is settled: a place is
 * given away again only after its ticket was revoked or its task is over. There is only one who
 * revokes and one who takes, so an exchange that fails was won by the other.
 *
 * Places are given away in turn, so 2^30 generations last for 4 * 10^12 tasks.
 */

/** Most tickets at a time. */
const CAPACITY = 4096;

/** The shared part. */
export class ClaimTable implements WorkerClaims {
  readonly #places: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#places = new Int32Array(memory);
  }

  static newMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(CAPACITY * Int32Array.BYTES_PER_ELEMENT);
  }

  take(ticket: number): boolean {
    return this.#decide(ticket, 0);
  }

  revoke(ticket: number): boolean {
    return this.#decide(ticket, 1);
  }

  /** True if the ticket was revoked before it was taken. */
  isRevoked(ticket: number): boolean {
    return Atomics.load(this.#places, placeOf(ticket)) > generationOf(ticket) * 2;
  }

  /** True if the ticket's task was started, and no other ticket has had its place since. */
  isTaken(ticket: number): boolean {
    return Atomics.load(this.#places, placeOf(ticket)) === generationOf(ticket) * 2;
  }

  /** True if this call has decided the ticket. */
  #decide(ticket: number, decision: number): boolean {
    const place = placeOf(ticket);
    const generation = generationOf(ticket);
    const known = Atomics.load(this.#places, place);
    if (known >= generation * 2) return false;
    return Atomics.compareExchange(this.#places, place, known, generation * 2 + decision) === known;
  }
}

/** Hands out tickets. */
export class Tickets {
  /** Most of them at a time. */
  readonly capacity: number = CAPACITY;
  /** By place: the generation of the ticket that has it, or will have it next. From 1, as memory starts with 0. */
  readonly #generations = new Int32Array(CAPACITY).fill(1);
  /** Free places, a ring: the next one to give away is at `#first`. */
  readonly #free = Int32Array.from({ length: CAPACITY }, (_, place) => place);
  #first = 0;
  #used = 0;

  offer(): number {
    if (this.#used === CAPACITY) {
      throw new RangeError(`a worker has at most ${CAPACITY} tasks ahead`);
    }
    const place = this.#free[this.#first]!;
    this.#first = (this.#first + 1) % CAPACITY;
    this.#used++;
    return this.#generations[place]! * CAPACITY + place;
  }

  /** Does nothing if the ticket has been released before. */
  release(ticket: number): void {
    const place = placeOf(ticket);
    if (this.#generations[place] !== generationOf(ticket)) return;
    this.#generations[place]!++;
    this.#free[(this.#first + CAPACITY - this.#used) % CAPACITY] = place;
    this.#used--;
  }
}

/** The controller's side where it shares memory with the worker. */
export class SharedClaims implements Claims {
  readonly capacity = CAPACITY;
  readonly #tickets = new Tickets();
  readonly #table: ClaimTable;

  constructor(memory: SharedArrayBuffer) {
    this.#table = new ClaimTable(memory);
  }

  offer(): number {
    return this.#tickets.offer();
  }

  revoke(tickets: readonly number[]): readonly number[] {
    const revoked = tickets.filter((ticket) => this.#table.revoke(ticket));
    for (const ticket of revoked) this.release(ticket);
    return revoked;
  }

  release(ticket: number): void {
    this.#tickets.release(ticket);
  }

  isTaken(ticket: number): boolean {
    return this.#table.isTaken(ticket);
  }
}

function placeOf(ticket: number): number {
  return ticket % CAPACITY;
}

function generationOf(ticket: number): number {
  return Math.floor(ticket / CAPACITY);
}
