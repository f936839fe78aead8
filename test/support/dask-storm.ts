/**
 * One worker and a scheduler that says anything at any time, in whatever order: what no honest scheduler would say, too.
 * The machine must stay in order, and when the storm is over nothing may be stuck, and in the end nothing left.
 */

import type { SchedulerEvent, SchedulerMessage } from "../../src/dask/worker-state/messages.ts";
import type { DaskCoverage } from "./dask-coverage.ts";
import { computed, Host, infoOf } from "./dask-simulate.ts";
import type { Nature } from "./dask-simulated-scheduler.ts";
import { Random } from "./random.ts";

const KEYS = ["k0", "k1", "k2", "k3", "k4"];
const PEERS = ["tcp://h0:1", "tcp://h0:2", "tcp://h1:3"];
const OWN = "tcp://h0:0";
/** What does not change while it lasts: nothing runs, nothing is on its way, nothing is waited for. */
const AT_REST: readonly string[] = ["memory", "error", "released"];

class Storm {
  readonly #random: Random;
  readonly #host: Host;
  readonly #natures: ReadonlyMap<string, Nature>;
  /** Peers that were asked, and for what. */
  readonly #asked = new Map<string, readonly string[]>();
  readonly #messages: SchedulerMessage[] = [];
  #isOver = false;
  #stimuli = 0;
  #runs = 0;

  constructor(seed: number, coverage: DaskCoverage) {
    const random = new Random(seed);
    this.#random = random;
    this.#natures = new Map(
      KEYS.map((key, i) => [
        key,
        {
          key,
          dependencies: KEYS.slice(0, i).filter(() => random.chance(0.4)),
          isData: false,
          retries: 0,
          resources: new Map(random.chance(0.3) ? [["R", 1]] : []),
          nbytes: random.below(40),
        },
      ]),
    );
    this.#host = new Host(OWN, {
      random,
      coverage,
      isCalm: () => this.#isOver,
      fails: () => random.chance(0.2),
      valueOf: (key) => this.#valueOf(key),
      tellScheduler: (_, message) => this.#messages.push(message),
      ask: (_, peer, keys) => this.#asked.set(peer, keys),
    });
  }

  #valueOf(key: string): number {
    return computed(
      key,
      this.#natures.get(key)!.dependencies.map((input) => this.#valueOf(input)),
    );
  }

  #say(event: SchedulerEvent<Nature>): void {
    const before = this.#messages.length;
    const stimulusId = `storm-${this.#stimuli++}`;
    this.#host.handle({ ...event, stimulusId });
    if (event.op !== "steal-request") return;
    const answers = this.#messages
      .slice(before)
      .filter(({ op, stimulus_id }) => op === "steal-response" && stimulus_id === stimulusId);
    if (answers.length !== 1) throw new Error(`${answers.length} answers to a steal-request`);
  }

  #holders(): string[] {
    return [OWN, ...PEERS].filter(() => this.#random.chance(0.35));
  }

  #whereabouts(keys: readonly string[]): {
    readonly whoHas: ReadonlyMap<string, readonly string[]>;
    readonly nbytes: ReadonlyMap<string, number>;
  } {
    return {
      whoHas: new Map(keys.map((key) => [key, this.#isOver ? PEERS : this.#holders()])),
      nbytes: new Map(keys.map((key) => [key, this.#natures.get(key)!.nbytes])),
    };
  }

  #rumour(): void {
    const random = this.#random;
    const key = random.pick(KEYS);
    const nature = this.#natures.get(key)!;
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2: {
        const runId = this.#runs++;
        const where = this.#whereabouts(nature.dependencies);
        const { resources } = nature;
        this.#say({
          op: "compute-task",
          key,
          runId,
          priority: [random.below(2)],
          spec: nature,
          resources,
          ...where,
        });
        break;
      }
      case 3:
      case 4:
        this.#say({ op: "free-keys", keys: KEYS.filter(() => random.chance(0.3)) });
        break;
      case 5:
        this.#say({ op: "remove-replicas", keys: [key] });
        break;
      case 6:
        this.#say({ op: "acquire-replicas", ...this.#whereabouts([key]) });
        break;
      case 7:
        this.#say({ op: "refresh-who-has", whoHas: this.#whereabouts([key]).whoHas });
        break;
      case 8:
        this.#say({ op: random.chance(0.5) ? "steal-request" : "cancel-compute", key });
        break;
      default:
        this.#event(key);
    }
  }

  #event(key: string): void {
    const random = this.#random;
    const host = this.#host;
    switch (random.below(6)) {
      case 0:
        this.#say({ op: "remove-worker", worker: random.pick(PEERS) });
        break;
      case 1:
        host.tell({ op: random.chance(0.3) ? "pause" : "unpause" });
        break;
      case 2:
        host.tell({ op: "set-slots", slots: 1 + random.below(3) });
        break;
      case 3:
        host.put(key, this.#valueOf(key));
        host.tell({ op: "update-data", values: new Map([[key, infoOf(this.#natures.get(key)!)]]) });
        break;
      case 4:
        host.tell({ op: "find-missing" });
        break;
      default:
        // The value may have been dropped since it could not be read.
        if (random.chance(0.5)) host.loseValue();
        else if (!host.store.has(key)) host.tell({ op: "value-lost", key });
    }
  }

  #answer(): void {
    const random = this.#random;
    const peer = random.pick([...this.#asked.keys()]);
    const keys = this.#asked.get(peer)!;
    this.#asked.delete(peer);
    const what = this.#isOver ? 9 : random.below(10);
    if (what < 2) this.#host.tell({ op: "gather-busy", peer });
    else if (what < 4) this.#host.tell({ op: "gather-failed", peer });
    else {
      const there = this.#isOver ? keys : keys.filter(() => random.chance(0.7));
      for (const key of there) this.#host.put(key, this.#valueOf(key));
      const values = new Map(there.map((key) => [key, infoOf(this.#natures.get(key)!)]));
      this.#host.tell({ op: "gather-received", peer, values });
    }
  }

  #step(): boolean {
    const { executions, pending } = this.#host;
    const random = this.#random;
    const choice = random.below(3);
    if (executions.size > 0 && (choice === 0 || this.#isOver)) this.#host.advance();
    else if (this.#asked.size > 0 && (choice === 1 || this.#isOver)) this.#answer();
    else if (pending.length > 0) pending.shift()!();
    else return false;
    return true;
  }

  run(): void {
    for (let i = 0; i < 120; i++) {
      if (this.#random.chance(0.5)) this.#rumour();
      else this.#step();
    }
    this.#isOver = true;
    this.#settle();
    this.#say({ op: "free-keys", keys: KEYS });
    this.#settle();
    const { state, store } = this.#host;
    const left = [...state.tasks.byKey.keys()];
    if (left.length + store.size > 0) throw new Error(`it still knows ${left}`);
  }

  /** Until nothing happens any more: then nothing may be waiting for anything. */
  #settle(): void {
    const { state } = this.#host;
    this.#host.tell({ op: "unpause" });
    for (let rounds = 0; rounds < 20; rounds++) {
      while (this.#step());
      this.#say({
        op: "refresh-who-has",
        whoHas: this.#whereabouts([...state.tasks.missing].map(({ key }) => key)).whoHas,
      });
    }
    const stuck = [...state.tasks.byKey.values()].filter((task) => !AT_REST.includes(task.state));
    if (stuck.length === 0) return;
    throw new Error(`stuck: ${stuck.map(({ key }) => `${key} (${state.story(key).join(", ")})`)}`);
  }
}

/**
 * One storm.
 * @throws Error naming the seed and what is wrong
 */
export function stormDask(seed: number, coverage: DaskCoverage): void {
  try {
    new Storm(seed, coverage).run();
  } catch (error) {
    throw new Error(`storm ${seed}: ${(error as Error).message}`, { cause: error });
  }
}
