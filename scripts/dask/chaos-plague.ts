import { setTimeout as sleep } from "node:timers/promises";
import type { SchedulerClient } from "../../src/dask/client/scheduler-client.ts";
import type { KeyId } from "../../src/dask/protocol/key.ts";
import { RemoteError } from "../../src/errors.ts";
import type { Random } from "../../test/support/random.ts";
import type { Counts } from "./chaos-counts.ts";
import type { KeyRounds } from "./chaos-keys.ts";
import type { ChaosWorker, ChaosWorkers } from "./chaos-workers.ts";

/** What there is to be troubled. */
export interface Victims {
  readonly workers: ChaosWorkers;
  readonly client: SchedulerClient;
  readonly keyed: readonly KeyRounds[];
  readonly random: Random;
  readonly counts: Counts;
}

/** What happens to workers while they work. */
export interface Trouble {
  /** Starts workers, and troubles them until `end` is called; then resolves, with workers that can end what was begun. */
  run(): Promise<void>;
  end(): void;
}

/** So many workers are there if nothing happens to them. */
const WORKERS = 3;

/** Does to workers, and to what they hold, all that happens to them in the course of years. */
export class Plague implements Trouble {
  readonly #workers: ChaosWorkers;
  readonly #client: SchedulerClient;
  readonly #rounds: readonly KeyRounds[];
  readonly #random: Random;
  readonly #counts: Counts;
  readonly #underWay = new Set<Promise<void>>();
  /** Workers that are there, or will be. */
  #expected = 0;
  #started = 0;
  #isOver = false;

  constructor({ workers, client, keyed, random, counts }: Victims) {
    this.#workers = workers;
    this.#client = client;
    this.#rounds = keyed;
    this.#random = random;
    this.#counts = counts;
  }

  async run(): Promise<void> {
    for (let i = 0; i < WORKERS; i++) this.#join(i === 0 ? 0 : this.#random.below(1000));
    while (!this.#isOver) {
      await sleep(50 + this.#random.below(1400));
      this.#strike();
    }
    await Promise.all(this.#underWay);
  }

  end(): void {
    this.#isOver = true;
  }

  #strike(): void {
    const random = this.#random;
    const { alive } = this.#workers;
    const what = random.below(100);
    if (what < 15)
      this.#move("replicated", (client, keys) => client.replicate(keys, { n: 1 + random.below(3) }));
    else if (what < 25) this.#move("rebalanced", (client, keys) => client.rebalance(keys));
    else if (what < 35 && this.#expected <= WORKERS) this.#join(0);
    else if (alive.length === 0) return;
    else if (what < 60) this.#lose(random.pick(alive), "killed", (worker) => this.#workers.kill(worker));
    else if (what < 62)
      for (const one of [...alive]) this.#lose(one, "killed", (worker) => this.#workers.kill(worker));
    else if (what < 75) this.#lose(random.pick(alive), "retired", (worker) => this.#retire(worker));
    else if (what < 85) this.#lose(random.pick(alive), "left", (worker) => this.#workers.leave(worker));
    else {
      this.#counts.frozen++;
      this.#do(() => this.#workers.freeze(random.pick(alive), random.below(1500)));
    }
  }

  /** A worker goes, and another comes sooner or later. */
  #lose(
    worker: ChaosWorker,
    how: "killed" | "left" | "retired",
    lose: (worker: ChaosWorker) => Promise<void>,
  ): void {
    this.#counts[how]++;
    this.#expected--;
    this.#do(() => lose(worker));
    // A name is free again as soon as the connection of its worker has ended.
    const sameName = how === "killed" && this.#random.chance(0.3);
    if (this.#expected < WORKERS) this.#join(this.#random.below(2000), sameName ? worker.name : undefined);
  }

  #retire(worker: ChaosWorker): Promise<void> {
    return this.#workers.retire(worker, (address) => this.#client.retireWorkers([address]));
  }

  #join(after: number, name?: string): void {
    this.#expected++;
    this.#do(async () => {
      await sleep(after);
      await this.#workers.start(name ?? `worker-${++this.#started}`);
      this.#counts.joined++;
    });
  }

  #move(
    what: "replicated" | "rebalanced",
    move: (client: SchedulerClient, keys: readonly KeyId[]) => Promise<void>,
  ): void {
    this.#do(async () => {
      const rounds = this.#random.pick(this.#rounds);
      try {
        await rounds.move((keys) => move(rounds.client, keys));
      } catch (error) {
        // Their holders were lost meanwhile.
        if (!(error instanceof RemoteError)) throw error;
      }
      this.#counts[what]++;
    });
  }

  #do(something: () => Promise<void>): void {
    const doing = something()
      .catch((error) => void this.#counts.wrong.push(String(error)))
      .finally(() => this.#underWay.delete(doing));
    this.#underWay.add(doing);
  }
}
