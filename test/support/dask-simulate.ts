/**
 * Whole lifetimes of workers of a dask cluster, drawn by lot from a seed. The workers' state machines are the real
 * ones, with thin hosts; the scheduler is a model. Messages of one sender to one receiver arrive in order, or are lost
 * with the sender; those of different pairs overtake each other. In the end every wanted key must be in
 * memory with the right value, or rightly failed, and after its release nothing may be left anywhere.
 */

import type {
  HostEvent,
  Instruction,
  SchedulerMessage,
  ValueInfo,
} from "../../src/dask/worker-state/messages.ts";
import { WorkerState } from "../../src/dask/worker-state/state.ts";
import { DaskCoverage } from "./dask-coverage.ts";
import { type FromScheduler, type Nature, SimulatedScheduler } from "./dask-simulated-scheduler.ts";
import { Random } from "./random.ts";

const LONGEST = 20_000;

interface Execution {
  readonly spec: Nature;
  readonly inputs: readonly string[];
  hasBegun: boolean;
  isStopped: boolean;
  values: readonly number[];
}

/** Whatever only a cluster knows. */
export interface Surroundings {
  readonly random: Random;
  readonly coverage: DaskCoverage;
  isCalm(): boolean;
  /** True if this attempt at the task fails. */
  fails(key: string): boolean;
  valueOf(key: string): number;
  tellScheduler(from: string, message: SchedulerMessage): void;
  ask(from: string, peer: string, keys: readonly string[]): void;
}

/** The host of a worker: it stores, runs, and asks. */
export class Host {
  readonly address: string;
  readonly state: WorkerState<Nature>;
  readonly store = new Map<string, number>();
  readonly executions = new Map<string, Execution>();
  /** Things that will happen here, in any order. */
  readonly pending: (() => void)[] = [];
  readonly #around: Surroundings;
  #stimuli = 0;

  constructor(address: string, around: Surroundings) {
    this.address = address;
    this.#around = around;
    const { random } = around;
    this.state = new WorkerState({
      address,
      slots: 1 + random.below(3),
      resources: new Map([["R", 1 + random.below(2)]]),
      limits: random.chance(0.5) ? {} : { messageBytes: 30, peers: 1 + random.below(2), bytes: 50 },
      validate: true,
    });
  }

  tell(event: HostEvent): void {
    this.handle({ ...event, stimulusId: `host-${this.#stimuli++}` });
  }

  handle(event: Parameters<WorkerState<Nature>["handle"]>[0]): void {
    this.#around.coverage.count(this.state.tasks, this.address, event);
    for (const instruction of this.state.handle(event)) this.#obey(instruction);
    const inMemory = [...this.state.tasks.byKey.values()].filter(({ state }) => state === "memory");
    const stored = [...this.store.keys()].sort().join();
    const known = inMemory
      .map(({ key }) => key)
      .sort()
      .join();
    if (stored !== known) throw new Error(`${this.address} stores ${stored}, and knows of ${known}`);
    if (this.state.running.sort().join() !== [...this.executions.keys()].sort().join()) {
      throw new Error(
        `${this.address} runs ${[...this.executions.keys()]}, and knows of ${this.state.running}`,
      );
    }
  }

  #obey(instruction: Instruction<Nature>): void {
    switch (instruction.op) {
      case "execute": {
        const { key, spec, inputs } = instruction;
        if (this.executions.has(key)) throw new Error(`${key} is to run twice at once`);
        if (spec.key !== key) throw new Error(`${key} is to do what ${spec.key} is to`);
        if ([...inputs].sort().join() !== [...spec.dependencies].sort().join()) {
          throw new Error(`${key} is to run on ${inputs}`);
        }
        for (const input of inputs) if (!this.store.has(input)) throw new Error(`${key} lacks ${input}`);
        this.executions.set(key, { spec, inputs, hasBegun: false, isStopped: false, values: [] });
        break;
      }
      case "stop": {
        const execution = this.executions.get(instruction.key);
        if (execution === undefined || execution.isStopped)
          throw new Error(`${instruction.key} cannot be stopped`);
        execution.isStopped = true;
        break;
      }
      case "gather":
        this.#around.ask(this.address, instruction.peer, instruction.keys);
        break;
      case "retry-busy-later":
        this.pending.push(() => this.tell({ op: "retry-busy-peer", peer: instruction.peer }));
        break;
      case "drop":
        this.store.delete(instruction.key);
        break;
      case "send":
        this.#around.tellScheduler(this.address, instruction.message);
    }
  }

  // ---------------------------------------------------------------- running

  /** Something happens to a task that is under way. */
  advance(): void {
    const { random } = this.#around;
    const key = random.pick([...this.executions.keys()]);
    const execution = this.executions.get(key)!;
    if (!execution.hasBegun) this.#begin(key, execution);
    else if (execution.isStopped && random.chance(0.6)) this.#abort(key);
    else if (!this.#around.isCalm() && random.chance(0.25)) this.#stray(key);
    else this.#end(key, execution);
  }

  #begin(key: string, execution: Execution): void {
    const isLost = execution.isStopped && this.#around.random.chance(0.7);
    // It was sent ahead, and an input has gone since.
    if (isLost || execution.inputs.some((input) => !this.store.has(input))) {
      this.executions.delete(key);
      this.tell({ op: "execution-lost", key });
      return;
    }
    execution.hasBegun = true;
    execution.values = execution.inputs.map((input) => this.store.get(input)!);
  }

  #abort(key: string): void {
    this.executions.delete(key);
    if (this.#around.random.chance(0.5)) this.tell({ op: "execution-lost", key });
    else this.#fail(key);
  }

  #stray(key: string): void {
    const what = this.#around.random.pick([
      "execution-long-running",
      "execution-lost",
      "execution-rescheduled",
    ] as const);
    if (what === "execution-long-running") {
      this.tell({ op: what, key, computeDuration: 1 });
      return;
    }
    this.executions.delete(key);
    this.tell({ op: what, key });
  }

  #fail(key: string): void {
    const failure = { exception: key, traceback: null, exception_text: "", traceback_text: "" };
    this.tell({ op: "execution-failed", key, failure, startstops: [], thread: null });
  }

  #end(key: string, { spec, values }: Execution): void {
    this.executions.delete(key);
    if (this.#around.fails(key)) {
      this.#fail(key);
      return;
    }
    this.put(key, computed(key, values));
    const startstops = [{ action: "compute", start: 0, stop: 1 }] as const;
    this.tell({ op: "execution-finished", key, value: infoOf(spec), startstops, thread: 1 });
  }

  put(key: string, value: number): void {
    if (value !== this.#around.valueOf(key)) throw new Error(`${key} has a wrong value at ${this.address}`);
    this.store.set(key, value);
  }

  loseValue(): void {
    const { random } = this.#around;
    if (this.store.size === 0) return;
    const key = random.pick([...this.store.keys()]);
    this.store.delete(key);
    this.tell({ op: "value-lost", key });
  }
}

export function computed(key: string, inputs: readonly number[]): number {
  return inputs.reduce((sum, input) => (Math.imul(sum, 31) + input) | 0, [...key].length * 7 + hash(key));
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (Math.imul(sum, 33) + letter.charCodeAt(0)) | 0, 5381);
}

export function infoOf({ nbytes }: Nature): ValueInfo {
  return { nbytes, type: new Uint8Array(), typename: "int" };
}

class Cluster {
  readonly random: Random;
  readonly scheduler: SimulatedScheduler;
  readonly hosts = new Map<string, Host>();
  readonly natures = new Map<string, Nature>();
  readonly wanted = new Set<string>();
  /** Messages by sender and receiver. */
  readonly #lanes = new Map<string, (() => void)[]>();
  /** Who has asked whom, and has no answer. */
  readonly #asked = new Set<string>();
  readonly #failing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #values = new Map<string, number>();
  readonly #around: Surroundings;
  #joined = 0;
  #isSettling = false;
  turns = 0;
  deaths = 0;

  constructor(seed: number, coverage: DaskCoverage) {
    this.random = new Random(seed);
    this.scheduler = new SimulatedScheduler(this.random, (worker, event) => this.#tellWorker(worker, event));
    this.#drawGraph();
    this.#around = {
      random: this.random,
      coverage,
      isCalm: () => this.#isSettling,
      fails: (key) => this.#fails(key),
      valueOf: (key) => this.#valueOf(key),
      tellScheduler: (from, message) =>
        this.#post(`${from} > scheduler`, () => this.scheduler.receive(from, message)),
      ask: (from, peer, keys) => this.#ask(from, peer, keys),
    };
    const count = 1 + this.random.below(3);
    for (let i = 0; i < count; i++) this.#join();
  }

  // ---------------------------------------------------------------- the graph

  #drawGraph(): void {
    const { random } = this;
    const size = 3 + random.below(9);
    const isLinear = random.chance(0.2);
    for (let i = 0; i < size; i++) {
      const before = [...this.natures.keys()];
      const dependencies = isLinear ? before.slice(-1) : before.filter(() => random.chance(1.5 / (i + 1)));
      const key = `k${i}`;
      const isData = dependencies.length === 0 && random.chance(0.15);
      const retries = random.chance(0.2) ? 1 + random.below(2) : 0;
      if (!isData && random.chance(0.04)) this.#failing.add(key);
      this.natures.set(key, {
        key,
        dependencies,
        isData,
        retries,
        resources: new Map(random.chance(0.3) ? [["R", random.below(2)]] : []),
        nbytes: random.below(40),
      });
    }
  }

  /** Tasks with retries fail as often as they may. */
  #fails(key: string): boolean {
    if (this.#failing.has(key)) return true;
    const failures = this.#failures.get(key) ?? 0;
    if (failures >= this.natures.get(key)!.retries) return false;
    this.#failures.set(key, failures + 1);
    return true;
  }

  #valueOf(key: string): number {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = computed(
        key,
        this.natures.get(key)!.dependencies.map((input) => this.#valueOf(input)),
      );
      this.#values.set(key, value);
    }
    return value;
  }

  #ancestors(key: string): string[] {
    return [key, ...this.natures.get(key)!.dependencies.flatMap((input) => this.#ancestors(input))];
  }

  // ---------------------------------------------------------------- wires

  #post(lane: string, deliver: () => void): void {
    const messages = this.#lanes.get(lane);
    if (messages === undefined) this.#lanes.set(lane, [deliver]);
    else messages.push(deliver);
  }

  #tellWorker(worker: string, event: FromScheduler): void {
    this.#post(`scheduler > ${worker}`, () => this.hosts.get(worker)?.handle(event));
  }

  #ask(from: string, peer: string, keys: readonly string[]): void {
    const { random } = this;
    const question = `${from} ? ${peer}`;
    this.#asked.add(question);
    const answer = (event: HostEvent, store: () => void = () => undefined): void => {
      this.#post(`${peer} > ${from}`, () => {
        if (!this.#asked.delete(question)) return;
        store();
        this.hosts.get(from)?.tell(event);
      });
    };
    if (!this.hosts.has(peer)) {
      answer({ op: "gather-failed", peer });
      return;
    }
    this.#post(`${from} > ${peer}`, () => {
      const host = this.hosts.get(peer);
      if (host === undefined) return;
      if (random.chance(0.15)) answer({ op: "gather-busy", peer });
      else if (random.chance(0.03)) answer({ op: "gather-failed", peer });
      else {
        const there = keys.filter((key) => host.store.has(key) && !random.chance(0.03));
        const values = new Map(there.map((key) => [key, infoOf(this.natures.get(key)!)]));
        const sent = there.map((key): [string, number] => [key, host.store.get(key)!]);
        answer({ op: "gather-received", peer, values }, () => {
          for (const [key, value] of sent) this.hosts.get(from)?.put(key, value);
        });
      }
    });
  }

  // ---------------------------------------------------------------- what happens

  #join(): void {
    const address = `tcp://h${this.random.below(2)}:${this.#joined++}`;
    this.hosts.set(address, new Host(address, this.#around));
    this.#post(`${address} > scheduler`, () => this.scheduler.addWorker(address));
  }

  #kill(): void {
    const address = this.random.pick([...this.hosts.keys()]);
    this.deaths++;
    this.hosts.delete(address);
    for (const [lane, messages] of this.#lanes) {
      const [from, to] = lane.split(" > ");
      if (to === address || (from === address && to !== "scheduler")) this.#lanes.delete(lane);
      else if (from === address) messages.length = this.random.below(messages.length + 1);
    }
    this.#post(`${address} > scheduler`, () => this.scheduler.removeWorker(address));
    for (const question of this.#asked) {
      const [from, peer] = question.split(" ? ") as [string, string];
      if (from === address) this.#asked.delete(question);
      else if (peer === address) {
        this.#post(`${peer} > ${from}`, () => {
          if (this.#asked.delete(question)) this.hosts.get(from)?.tell({ op: "gather-failed", peer });
        });
      }
    }
  }

  #setStatus(host: Host, isRunning: boolean): void {
    host.tell({ op: isRunning ? "unpause" : "pause" });
    const { address } = host;
    this.#post(`${address} > scheduler`, () => this.scheduler.setStatus(address, isRunning));
  }

  #want(): void {
    const key = this.random.pick([...this.natures.keys()]);
    const data = this.#ancestors(key).filter((one) => this.natures.get(one)!.isData);
    const unknown = data.filter((one) => this.scheduler.tasks.get(one)?.state !== "memory");
    if (unknown.length > 0) {
      for (const one of unknown) this.#scatter(one);
      return;
    }
    this.wanted.add(key);
    this.scheduler.want(this.natures.get(key)!, (one) => this.natures.get(one)!);
  }

  /**
   * The client brings data to a worker and tells the scheduler. To a worker that may have just said that it has
   * the same key no more it does not: dask's scheduler cannot tell which of the two was first.
   */
  #scatter(key: string): void {
    const nature = this.natures.get(key)!;
    const hosts = [...this.hosts.values()].filter(
      ({ address }) =>
        this.scheduler.workers.has(address) && !this.#lanes.get(`${address} > scheduler`)?.length,
    );
    if (hosts.length === 0) return;
    const host = this.random.pick(hosts);
    host.put(key, this.#valueOf(key));
    host.tell({ op: "update-data", values: new Map([[key, infoOf(nature)]]) });
    this.wanted.add(key);
    this.scheduler.updateData(nature, host.address);
  }

  #chaos(): void {
    const { random, scheduler } = this;
    const host = random.pick([...this.hosts.values()]);
    const what = random.below(100);
    if (what < 40) this.#want();
    else if (what < 58) {
      const key = random.pick([...this.natures.keys()]);
      this.wanted.delete(key);
      scheduler.unwant(key);
    } else if (what < 70) scheduler.steal();
    else if (what < 76) scheduler.replicate();
    else if (what < 82) scheduler.removeReplicas();
    else if (what < 86) this.#setStatus(host, random.chance(0.6));
    else if (what < 90) host.tell({ op: "set-slots", slots: 1 + random.below(4) });
    else if (what < 93) host.loseValue();
    else if (what < 96 && this.hosts.size > 1) this.#kill();
    else if (this.hosts.size < 3) this.#join();
  }

  #step(): boolean {
    const { random } = this;
    const lanes = [...this.#lanes].filter(([, messages]) => messages.length > 0);
    const hosts = [...this.hosts.values()];
    const busy = hosts.filter(({ executions }) => executions.size > 0);
    const waiting = hosts.filter(({ pending }) => pending.length > 0);
    const choice = random.below(lanes.length + busy.length + waiting.length);
    if (choice < lanes.length) {
      lanes[choice]![1].shift()!();
    } else if (choice < lanes.length + busy.length) busy[choice - lanes.length]!.advance();
    else if (waiting.length > 0) {
      const { pending } = waiting[choice - lanes.length - busy.length]!;
      pending.splice(random.below(pending.length), 1)[0]!();
    } else return false;
    return true;
  }

  #turn(): void {
    if (++this.turns > LONGEST) throw new Error("it does not come to an end");
  }

  // ---------------------------------------------------------------- a lifetime

  run(): void {
    const { random } = this;
    const eagerness = random.pick([0.1, 0.3, 0.6]);
    const length = 20 + random.below(80);
    for (let i = 0; i < length; i++) {
      this.#turn();
      if (random.chance(eagerness)) this.#chaos();
      else if (!this.#step()) this.#chaos();
      const searching = [...this.hosts.values()].filter(({ state }) => state.wantsFindMissing);
      if (searching.length > 0 && random.chance(0.1)) random.pick(searching).tell({ op: "find-missing" });
    }
    this.#isSettling = true;
    if (this.hosts.size === 0) this.#join();
    for (const host of this.hosts.values()) this.#setStatus(host, true);
    this.#settle();
    for (const key of this.wanted) this.#checkWanted(key);
    for (const key of this.natures.keys()) this.scheduler.unwant(key);
    this.#settle();
    this.#checkNothingLeft();
  }

  /** Until nothing happens any more; who searches for something may have to do it some times. */
  #settle(): void {
    for (let searches = 0; searches < 30; searches++) {
      while (this.#step()) this.#turn();
      for (const host of this.hosts.values()) {
        if (host.state.wantsFindMissing) host.tell({ op: "find-missing" });
      }
    }
    const searching = [...this.hosts.values()].filter(({ state }) => state.wantsFindMissing);
    if (searching.length > 0) throw new Error(`${searching.map(({ address }) => address)} search in vain`);
  }

  #checkWanted(key: string): void {
    const task = this.scheduler.tasks.get(key);
    const ancestors = this.#ancestors(key);
    if (task === undefined) {
      if (ancestors.some((one) => this.natures.get(one)!.isData)) return;
      throw new Error(`the scheduler has forgotten ${key}, which is wanted`);
    }
    // Forgotten with lost data, and needed by others since.
    if (!task.isWanted) return;
    if (task.state === "erred") {
      if (ancestors.some((one) => this.#failing.has(one))) return;
      throw new Error(`${key} has failed without a reason`);
    }
    if (task.state !== "memory") throw new Error(`${key} is ${task.state} for ever${this.#stories(key)}`);
    for (const worker of task.whoHas) {
      if (this.hosts.get(worker)?.store.get(key) !== this.#valueOf(key)) {
        throw new Error(`${worker} is said to have ${key}${this.#stories(key)}`);
      }
    }
  }

  #stories(key: string): string {
    return [...this.hosts.values()]
      .map(({ address, state }) => `\n${address}: ${state.story(key).join(", ")}`)
      .join("");
  }

  #checkNothingLeft(): void {
    const left = [...this.scheduler.tasks.keys()];
    if (left.length > 0) throw new Error(`the scheduler still knows ${left}`);
    for (const { address, state, store, executions } of this.hosts.values()) {
      const known = [...state.tasks.byKey.keys()];
      if (known.length > 0) {
        throw new Error(`${address} still knows ${known}${known.map((key) => this.#stories(key))}`);
      }
      if (store.size + executions.size + state.incomingCount > 0) throw new Error(`${address} is not empty`);
    }
  }
}

/** Figures of one lifetime. */
export interface DaskLifetime {
  readonly turns: number;
  readonly deaths: number;
}

/**
 * One lifetime.
 * @throws Error naming the seed and what is wrong
 */
export function simulateDask(seed: number, coverage: DaskCoverage = new DaskCoverage()): DaskLifetime {
  const cluster = new Cluster(seed, coverage);
  try {
    cluster.run();
  } catch (error) {
    throw new Error(`seed ${seed}, turn ${cluster.turns}: ${(error as Error).message}`, { cause: error });
  }
  return { turns: cluster.turns, deaths: cluster.deaths };
}
