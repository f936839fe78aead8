import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../test/support/random.ts";
import type { Counts } from "./chaos-counts.ts";
import type { Trouble, Victims } from "./chaos-plague.ts";
import type { ChaosWorkers } from "./chaos-workers.ts";
import type { Networks } from "./netns.ts";

export const HOSTS = 3;
/** The longest time that a host is cut off, in milliseconds: the scheduler gives up workers that are silent for less. */
const LONGEST = 12_000;

/** Workers on hosts of their own, of which one is cut off at times; what was given up meanwhile is replaced. */
export class Cuts implements Trouble {
  readonly #networks: Networks;
  readonly #workers: ChaosWorkers;
  readonly #random: Random;
  readonly #counts: Counts;
  #started = 0;
  #isOver = false;

  constructor(networks: Networks, { workers, random, counts }: Victims) {
    this.#networks = networks;
    this.#workers = workers;
    this.#random = random;
    this.#counts = counts;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: HOSTS }, (_, host) => this.#start(host)));
    while (!this.#isOver) {
      await sleep(500 + this.#random.below(3000));
      const host = this.#random.below(HOSTS);
      await this.#networks.cut(host);
      this.#counts.cut++;
      await sleep(this.#random.chance(0.5) ? this.#random.below(2000) : this.#random.below(LONGEST));
      await this.#networks.heal(host);
    }
  }

  end(): void {
    this.#isOver = true;
  }

  /** A worker may be given up while it is cut off, and has to find out that it was. */
  async #start(host: number): Promise<void> {
    const onEnd = (): void => {
      this.#counts.killed++;
      this.#start(host).catch((error) => this.#counts.wrong.push(String(error)));
    };
    await this.#workers.start(`worker-${++this.#started}`, { within: this.#networks.within(host), onEnd });
    this.#counts.joined++;
  }
}
