import type { Library } from "../../closure/library.ts";
import type { ExitReason, Spawn } from "../../spawn/spawn.ts";
import type { WorkerStart } from "../../worker/protocol.ts";
import { WorkerLink } from "./link.ts";

/** What a crew needs to know and to tell. */
export interface CrewParts {
  readonly spawn: Spawn;
  readonly concurrency: number;
  readonly sharesMemory: boolean;
  readonly library: Library;
  /** What a worker of this index is told of its memory. */
  readonly memoryOf: (index: number) => Pick<WorkerStart, "memoryLimit" | "spillDirectory">;
  /** The scheduler's index for a new worker in this place. */
  readonly enlist: (place: number) => number;
  readonly onMessage: (link: WorkerLink, message: unknown) => void;
  readonly onReady: (link: WorkerLink) => void;
  readonly onExit: (link: WorkerLink, reason: ExitReason) => void;
  /** The worker could not be started. */
  readonly onStartFailure: (link: WorkerLink, error: Error) => void;
}

/** So many workers may be killed while they start before it is their own fault. */
const ALLOWED_KILLS = 3;

/** The workers of an executor: so many places, and in each the worker that has it at present. */
export class Crew {
  readonly #parts: CrewParts;
  /** By place; places that were given up leave a hole. */
  readonly #places: (WorkerLink | "vacant" | undefined)[];
  /** By the scheduler's index. */
  readonly #links = new Map<number, WorkerLink>();
  #isReferenced = true;
  /** How many in a row were killed while they started. */
  #killedStarts = 0;

  constructor(parts: CrewParts, size: number) {
    this.#parts = parts;
    this.#places = new Array(size).fill("vacant");
  }

  /** How many workers there are to be. */
  get size(): number {
    return this.#places.filter((one) => one !== undefined).length;
  }

  get links(): Iterable<WorkerLink> {
    return this.#links.values();
  }

  at(index: number): WorkerLink | undefined {
    return this.#links.get(index);
  }

  named(name: string): WorkerLink | undefined {
    return [...this.#links.values()].find((link) => link.name === name);
  }

  /** The place that users call so, if it was not given up. */
  placeOf(name: string): number | undefined {
    const place = this.#places.findIndex((one, i) => one !== undefined && nameOf(i) === name);
    return place < 0 ? undefined : place;
  }

  get names(): string[] {
    return this.#places.flatMap((one, place) => (one === undefined ? [] : [nameOf(place)]));
  }

  /** @returns the ids of the new places */
  add(count: number): string[] {
    const names: string[] = [];
    for (let i = 0; i < count; i++) names.push(nameOf(this.#places.push("vacant") - 1));
    return names;
  }

  /** Starts a worker in every place that has none. */
  fill(): void {
    for (const [place, one] of this.#places.entries()) if (one === "vacant") this.#start(place);
  }

  /** The place is not to be filled again. */
  giveUp(place: number): void {
    this.#places[place] = undefined;
  }

  /** Whether workers keep the process alive. */
  reference(wanted: boolean): void {
    if (wanted === this.#isReferenced) return;
    this.#isReferenced = wanted;
    for (const link of this.#links.values()) this.#refer(link);
  }

  async terminate(): Promise<void> {
    this.#places.length = 0;
    await Promise.all([...this.#links.values()].map(({ worker }) => worker.terminate()));
  }

  #start(place: number): void {
    const index = this.#parts.enlist(place);
    const { spawn, concurrency, sharesMemory, library, memoryOf } = this.#parts;
    const start: WorkerStart = {
      index,
      name: nameOf(place),
      concurrency,
      sharesMemory,
      ...memoryOf(index),
    };
    const worker = spawn({ id: `${nameOf(place)}.${index}`, data: start });
    const link = new WorkerLink(index, place, nameOf(place), worker, concurrency, library);
    this.#places[place] = link;
    this.#links.set(index, link);
    if (!this.#isReferenced) this.#refer(link);
    worker.comm.onMessage = (message) => this.#parts.onMessage(link, message);
    worker.ready.then(
      () => {
        this.#killedStarts = 0;
        this.#parts.onReady(link);
      },
      (error) =>
        void worker.exited.then(({ signal }) => {
          if (link.isLeaving) return;
          // Somebody has killed it: that is no sign that others cannot be started.
          if (signal !== null && ++this.#killedStarts <= ALLOWED_KILLS) return;
          this.#parts.onStartFailure(link, error as Error);
        }),
    );
    void worker.exited.then((reason) => {
      link.isGone = true;
      this.#links.delete(index);
      if (this.#places[place] === link) this.#places[place] = "vacant";
      this.#parts.onExit(link, reason);
    });
  }

  #refer({ worker }: WorkerLink): void {
    if (this.#isReferenced) worker.ref();
    else worker.unref();
  }
}

function nameOf(place: number): string {
  return `worker-${place + 1}`;
}
