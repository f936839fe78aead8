import type { SchedulerEvent, SchedulerMessage } from "../../src/dask/worker-state/messages.ts";
import type { Random } from "./random.ts";

/** What a graph says of a key. */
export interface Nature {
  readonly key: string;
  readonly dependencies: readonly string[];
  /** Brought by the client: nobody can compute it. */
  readonly isData: boolean;
  readonly retries: number;
  readonly resources: ReadonlyMap<string, number>;
  readonly nbytes: number;
}

type State = "released" | "waiting" | "no-worker" | "processing" | "memory" | "erred" | "forgotten";

interface Task {
  readonly nature: Nature;
  readonly dependencies: Set<Task>;
  readonly dependents: Set<Task>;
  state: State;
  waitingOn: Set<Task>;
  waiters: Set<Task>;
  readonly whoHas: Set<string>;
  processingOn: string | undefined;
  runId: number;
  isWanted: boolean;
  retries: number;
  isBlamed: boolean;
  readonly erredOn: Set<string>;
  hasLostDependencies: boolean;
  theft: { readonly thief: string; readonly stimulusId: string } | undefined;
}

type Recommendations = Map<Task, State>;

/** The answers to a steal-request that dask's stealing extension understands, and what it does then. */
const ANSWERS = new Map<string | null, "move" | "stay" | "reschedule">([
  ...(["ready", "constrained", "waiting"] as const).map((state) => [state, "move"] as const),
  ...(["memory", "executing", "long-running", "cancelled", "resumed"] as const).map(
    (state) => [state, "stay"] as const,
  ),
  ["released", "reschedule"],
  [null, "reschedule"],
]);

/** What goes to a worker, with what caused it. */
export type FromScheduler = SchedulerEvent<Nature> & { readonly stimulusId: string };

/**
 * A model of dask's scheduler: the transitions of its tasks, what it tells workers because of them, and what it does
 * about what they tell it, in the same order. Workers are chosen by lot.
 */
export class SimulatedScheduler {
  readonly tasks = new Map<string, Task>();
  /** Addresses of known workers, and whether they run tasks. */
  readonly workers = new Map<string, boolean>();
  readonly #random: Random;
  readonly #send: (worker: string, event: FromScheduler) => void;
  #runs = 0;
  #stimuli = 0;

  constructor(random: Random, send: (worker: string, event: FromScheduler) => void) {
    this.#random = random;
    this.#send = send;
  }

  // ---------------------------------------------------------------- the client

  /** The client wants a key, of which all data is known. */
  want(nature: Nature, natureOf: (key: string) => Nature): void {
    const recommendations: Recommendations = new Map();
    const task = this.#add(nature, natureOf, recommendations);
    task.isWanted = true;
    if (task.state === "released" && !recommendations.has(task)) recommendations.set(task, "waiting");
    for (const [known, to] of recommendations) {
      if (to === "waiting" && [...known.dependencies].some(({ isBlamed }) => isBlamed)) {
        known.isBlamed = true;
        recommendations.set(known, "erred");
      }
    }
    this.#transitions(recommendations);
  }

  unwant(key: string): void {
    const task = this.tasks.get(key);
    if (task === undefined || !task.isWanted) return;
    task.isWanted = false;
    if (task.dependents.size === 0) this.#transitions(new Map([[task, "forgotten"]]));
    else if (task.state !== "erred" && task.waiters.size === 0) {
      this.#transitions(new Map([[task, "released"]]));
    }
  }

  /** The client has brought data to a worker. */
  updateData(nature: Nature, worker: string): void {
    if (!this.workers.has(worker)) return;
    const task = this.#add(nature, () => nature, new Map());
    task.isWanted = true;
    task.state = "memory";
    task.whoHas.add(worker);
  }

  // ---------------------------------------------------------------- workers come and go

  addWorker(worker: string): void {
    this.workers.set(worker, true);
    this.#employ();
  }

  setStatus(worker: string, isRunning: boolean): void {
    if (!this.workers.has(worker)) return;
    this.workers.set(worker, isRunning);
    if (isRunning) this.#employ();
  }

  removeWorker(worker: string): void {
    this.workers.delete(worker);
    const recommendations: Recommendations = new Map();
    for (const task of this.tasks.values()) {
      if (task.processingOn === worker) recommendations.set(task, "released");
      if (task.whoHas.delete(worker) && task.whoHas.size === 0) {
        recommendations.set(task, task.nature.isData ? "forgotten" : "released");
      }
    }
    this.#transitions(recommendations);
    for (const other of this.workers.keys()) this.#tell(other, { op: "remove-worker", worker });
  }

  #employ(): void {
    const idle = [...this.tasks.values()].filter(({ state }) => state === "no-worker");
    this.#transitions(new Map(idle.map((task) => [task, "processing"])));
  }

  // ---------------------------------------------------------------- what it does of its own

  steal(): void {
    const tasks = [...this.tasks.values()].filter(
      ({ state, theft }) => state === "processing" && theft === undefined,
    );
    const thieves = [...this.workers].filter(([, isRunning]) => isRunning).map(([worker]) => worker);
    if (tasks.length === 0 || thieves.length < 2) return;
    const task = this.#random.pick(tasks);
    const thief = this.#random.pick(thieves);
    if (thief === task.processingOn) return;
    const stimulusId = `steal-${this.#stimuli++}`;
    task.theft = { thief, stimulusId };
    this.#send(task.processingOn!, { op: "steal-request", key: task.nature.key, stimulusId });
  }

  replicate(): void {
    const tasks = [...this.tasks.values()].filter(({ state }) => state === "memory");
    if (tasks.length === 0 || this.workers.size === 0) return;
    const some = tasks.filter(() => this.#random.chance(0.5));
    if (some.length === 0) return;
    this.#tell(this.#random.pick([...this.workers.keys()]), {
      op: "acquire-replicas",
      ...this.#whereabouts(some),
    });
  }

  removeReplicas(): void {
    const tasks = [...this.tasks.values()].filter(({ whoHas }) => whoHas.size > 1);
    if (tasks.length === 0) return;
    const task = this.#random.pick(tasks);
    const worker = this.#random.pick([...task.whoHas]);
    task.whoHas.delete(worker);
    this.#tell(worker, { op: "remove-replicas", keys: [task.nature.key] });
  }

  // ---------------------------------------------------------------- what workers say

  receive(worker: string, message: SchedulerMessage): void {
    if (!this.workers.has(worker)) return;
    switch (message.op) {
      case "task-finished":
        this.#finished(worker, message.key, message.run_id);
        break;
      case "task-erred":
        this.#erred(worker, message.key, message.run_id);
        break;
      case "add-keys":
        this.#addKeys(worker, message.keys);
        break;
      case "release-worker-data": {
        const task = this.tasks.get(message.key);
        if (task?.whoHas.delete(worker) && task.whoHas.size === 0) {
          this.#transitions(new Map([[task, "released"]]));
        }
        break;
      }
      case "reschedule": {
        const task = this.tasks.get(message.key);
        if (task?.state === "processing" && task.processingOn === worker) this.#reschedule(task);
        break;
      }
      case "steal-response":
        this.#moveConfirmed(message.key, message.state, message.stimulus_id, worker);
        break;
      case "request-refresh-who-has": {
        const known = message.keys.flatMap((key) => this.tasks.get(key) ?? []);
        const unknown = message.keys.filter((key) => !this.tasks.has(key));
        if (known.length > 0) {
          this.#tell(worker, { op: "refresh-who-has", whoHas: this.#whereabouts(known).whoHas });
        }
        if (unknown.length > 0) this.#tell(worker, { op: "free-keys", keys: unknown });
      }
    }
  }

  #finished(worker: string, key: string, runId: number): void {
    const task = this.tasks.get(key);
    if (task === undefined || ["released", "no-worker", "erred"].includes(task.state)) {
      this.#tell(worker, { op: "free-keys", keys: [key] });
    } else if (task.runId !== runId) {
      if (task.processingOn === worker) this.#transitions(new Map([[task, "released"]]));
      else this.#tell(worker, { op: "free-keys", keys: [key] });
    } else if (task.state === "memory") {
      this.#addKeys(worker, [key]);
    } else if (task.state === "processing") {
      if (task.processingOn !== worker)
        throw new Error(`${key} finished at ${worker}, not where it was sent`);
      task.whoHas.add(worker);
      this.#transitions(new Map([[task, "memory"]]));
    }
  }

  #erred(worker: string, key: string, runId: number): void {
    const task = this.tasks.get(key);
    if (task?.state !== "processing") return;
    if (task.runId !== runId) {
      if (task.processingOn === worker) this.#transitions(new Map([[task, "released"]]));
    } else if (task.retries > 0) {
      task.retries--;
      this.#transitions(new Map([[task, "waiting"]]));
    } else {
      task.isBlamed = true;
      task.erredOn.add(worker);
      this.#transitions(new Map([[task, "erred"]]));
    }
  }

  #addKeys(worker: string, keys: readonly string[]): void {
    const redundant: string[] = [];
    for (const key of keys) {
      const task = this.tasks.get(key);
      if (task?.state === "memory") task.whoHas.add(worker);
      else redundant.push(key);
    }
    if (redundant.length > 0) this.#tell(worker, { op: "remove-replicas", keys: redundant });
  }

  #reschedule(task: Task): void {
    if (task.state === "processing") this.#transitions(new Map([[task, "released"]]));
  }

  #moveConfirmed(key: string, state: string | null, stimulusId: string, victim: string): void {
    const answer = ANSWERS.get(state);
    if (answer === undefined) throw new Error(`${victim} answers that ${key} is ${state}`);
    const task = this.tasks.get(key);
    if (task?.theft?.stimulusId !== stimulusId) return;
    const { thief } = task.theft;
    task.theft = undefined;
    if (answer === "reschedule" || (answer === "move" && !this.workers.has(thief))) this.#reschedule(task);
    else if (answer === "move") this.#assign(task, thief);
  }

  // ---------------------------------------------------------------- transitions

  #add(nature: Nature, natureOf: (key: string) => Nature, recommendations: Recommendations): Task {
    const known = this.tasks.get(nature.key);
    if (known !== undefined) return known;
    const dependencies = nature.dependencies.map((key) =>
      this.#add(natureOf(key), natureOf, recommendations),
    );
    const task: Task = {
      nature,
      dependencies: new Set(dependencies),
      dependents: new Set(),
      state: "released",
      waitingOn: new Set(),
      waiters: new Set(),
      whoHas: new Set(),
      processingOn: undefined,
      runId: -1,
      isWanted: false,
      retries: nature.retries,
      isBlamed: false,
      erredOn: new Set(),
      hasLostDependencies: false,
      theft: undefined,
    };
    for (const input of dependencies) input.dependents.add(task);
    this.tasks.set(nature.key, task);
    if (!nature.isData) recommendations.set(task, "waiting");
    return task;
  }

  #transitions(recommendations: Recommendations): void {
    for (;;) {
      const last = [...recommendations].at(-1);
      if (last === undefined) return;
      const [task, to] = last;
      recommendations.delete(task);
      for (const [other, next] of this.#transition(task, to)) {
        recommendations.delete(other);
        recommendations.set(other, next);
      }
    }
  }

  #transition(task: Task, to: State): Recommendations {
    const from = task.state;
    if (from === to || from === "forgotten") return new Map();
    const direct = this.#direct(task, from, to);
    if (direct !== undefined) return direct;
    const released = this.#direct(task, from, "released");
    if (released === undefined) throw new Error(`the scheduler has no way from ${from} to ${to}`);
    const next = released.get(task) ?? to;
    const then = this.#direct(task, "released", next) ?? new Map<Task, State>();
    return new Map([...released, ...then]);
  }

  #direct(task: Task, from: State, to: State): Recommendations | undefined {
    switch (`${from} ${to}`) {
      case "released waiting":
        return task.nature.isData ? this.#forget(task) : this.#await(task);
      case "released forgotten":
      case "memory forgotten":
        return this.#forget(task);
      case "waiting processing":
      case "no-worker processing":
        return this.#employOne(task);
      case "processing memory":
        return this.#remember(task);
      case "waiting released":
        return this.#releaseWaiting(task);
      case "no-worker released":
      case "processing released":
        if (task.processingOn !== undefined)
          this.#tell(task.processingOn, { op: "free-keys", keys: [task.nature.key] });
        this.#endProcessing(task);
        return this.#propagateReleased(task);
      case "memory released":
        return this.#releaseMemory(task);
      case "erred released":
        return this.#releaseErred(task);
      case "released erred":
        task.state = "erred";
        return this.#spread(task.dependents);
      case "processing erred":
        return this.#fail(task);
      default:
        return undefined;
    }
  }

  #await(task: Task): Recommendations {
    if (task.hasLostDependencies) return new Map([[task, "forgotten"]]);
    if ([...task.dependencies].some(({ state }) => state === "erred")) {
      task.isBlamed = true;
      return new Map([[task, "erred"]]);
    }
    const recommendations: Recommendations = new Map();
    task.state = "waiting";
    for (const input of task.dependencies) {
      if (input.whoHas.size === 0) task.waitingOn.add(input);
      if (input.state === "released") recommendations.set(input, "waiting");
      else input.waiters.add(task);
    }
    task.waiters = new Set([...task.dependents].filter(({ state }) => state === "waiting"));
    if (task.waitingOn.size === 0) recommendations.set(task, "processing");
    return recommendations;
  }

  #employOne(task: Task): Recommendations {
    const running = [...this.workers].filter(([, isRunning]) => isRunning).map(([worker]) => worker);
    task.state = "no-worker";
    if (running.length > 0) this.#assign(task, this.#random.pick(running));
    return new Map();
  }

  #assign(task: Task, worker: string): void {
    task.state = "processing";
    task.processingOn = worker;
    task.runId = this.#runs++;
    this.#tell(worker, {
      op: "compute-task",
      key: task.nature.key,
      runId: task.runId,
      priority: [0, this.#random.below(3)],
      spec: task.nature,
      resources: task.nature.resources,
      ...this.#whereabouts([...task.dependencies]),
    });
  }

  #endProcessing(task: Task): void {
    task.processingOn = undefined;
    task.theft = undefined;
  }

  #remember(task: Task): Recommendations {
    const recommendations: Recommendations = new Map();
    this.#endProcessing(task);
    for (const dependent of task.dependents) {
      if (dependent.waitingOn.delete(task) && dependent.waitingOn.size === 0) {
        recommendations.set(dependent, "processing");
      }
    }
    this.#dropInputs(task, recommendations);
    if (task.waiters.size === 0 && !task.isWanted) recommendations.set(task, "released");
    task.state = "memory";
    return recommendations;
  }

  #dropInputs(task: Task, recommendations: Recommendations): void {
    for (const input of task.dependencies) {
      input.waiters.delete(task);
      if (input.waiters.size === 0 && !input.isWanted) recommendations.set(input, "released");
    }
  }

  #releaseWaiting(task: Task): Recommendations {
    const recommendations: Recommendations = new Map();
    for (const input of task.dependencies) {
      if (!input.waiters.delete(task)) continue;
      if (input.waiters.size === 0 && !input.isWanted) recommendations.set(input, "released");
    }
    task.waitingOn.clear();
    task.state = "released";
    if (task.hasLostDependencies) recommendations.set(task, "forgotten");
    else if (!task.isBlamed && (task.isWanted || task.waiters.size > 0)) recommendations.set(task, "waiting");
    else task.waiters.clear();
    return recommendations;
  }

  #propagateReleased(task: Task): Recommendations {
    const recommendations: Recommendations = new Map();
    task.state = "released";
    if (task.hasLostDependencies) recommendations.set(task, "forgotten");
    else if (task.waiters.size > 0 || task.isWanted) return recommendations.set(task, "waiting");
    for (const input of task.dependencies) {
      if (input.state === "released") continue;
      input.waiters.delete(task);
      if (input.waiters.size === 0 && !input.isWanted) recommendations.set(input, "released");
    }
    task.waiters.clear();
    return recommendations;
  }

  #releaseMemory(task: Task): Recommendations {
    const recommendations: Recommendations = new Map();
    this.#freeReplicas(task);
    task.state = "released";
    if (task.nature.isData || task.hasLostDependencies) recommendations.set(task, "forgotten");
    else if (
      (task.isWanted || task.waiters.size > 0) &&
      ![...task.dependencies].some(({ state }) => state === "erred")
    ) {
      recommendations.set(task, "waiting");
    }
    for (const dependent of task.waiters) {
      if (dependent.state === "no-worker" || dependent.state === "processing") {
        recommendations.set(dependent, "waiting");
      } else if (dependent.state === "waiting") dependent.waitingOn.add(task);
    }
    return recommendations;
  }

  #freeReplicas(task: Task): void {
    for (const worker of task.whoHas) {
      if (this.workers.has(worker)) this.#tell(worker, { op: "free-keys", keys: [task.nature.key] });
    }
    task.whoHas.clear();
  }

  #fail(task: Task): Recommendations {
    const waiters = [...task.waiters];
    const recommendations: Recommendations = new Map();
    this.#endProcessing(task);
    task.state = "erred";
    task.waitingOn.clear();
    task.waiters = new Set();
    for (const [dependent, to] of this.#spread(waiters)) recommendations.set(dependent, to);
    this.#dropInputs(task, recommendations);
    return recommendations;
  }

  #spread(dependents: Iterable<Task>): Recommendations {
    const recommendations: Recommendations = new Map();
    for (const dependent of dependents) {
      if (dependent.whoHas.size > 0) continue;
      dependent.isBlamed = true;
      recommendations.set(dependent, "erred");
    }
    return recommendations;
  }

  #releaseErred(task: Task): Recommendations {
    task.isBlamed = false;
    for (const worker of task.erredOn) {
      if (this.workers.has(worker)) this.#tell(worker, { op: "free-keys", keys: [task.nature.key] });
    }
    task.erredOn.clear();
    task.state = "released";
    const erred = [...task.dependents].filter(({ state }) => state === "erred");
    return new Map(erred.map((dependent) => [dependent, "waiting"]));
  }

  #forget(task: Task): Recommendations {
    const recommendations: Recommendations = new Map();
    task.state = "forgotten";
    for (const dependent of task.dependents) {
      dependent.hasLostDependencies = true;
      dependent.dependencies.delete(task);
      dependent.waitingOn.delete(task);
      if (dependent.state !== "memory" && dependent.state !== "erred") {
        recommendations.set(dependent, "forgotten");
      }
    }
    for (const input of task.dependencies) {
      input.dependents.delete(task);
      input.waiters.delete(task);
      if (input.dependents.size === 0 && !input.isWanted) recommendations.set(input, "forgotten");
    }
    task.dependents.clear();
    task.dependencies.clear();
    this.#freeReplicas(task);
    this.tasks.delete(task.nature.key);
    return recommendations;
  }

  // ---------------------------------------------------------------- telling

  #whereabouts(tasks: readonly Task[]): {
    readonly whoHas: ReadonlyMap<string, readonly string[]>;
    readonly nbytes: ReadonlyMap<string, number>;
  } {
    return {
      whoHas: new Map(tasks.map(({ nature, whoHas }) => [nature.key, [...whoHas]])),
      nbytes: new Map(tasks.map(({ nature }) => [nature.key, nature.nbytes])),
    };
  }

  #tell(worker: string, event: SchedulerEvent<Nature>): void {
    this.#send(worker, { ...event, stimulusId: `scheduler-${this.#stimuli++}` });
  }
}
