import type { ValueInfo } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import { isToBeComputed, type Task } from "./task-state.ts";
import type { Tasks } from "./tasks.ts";

/** Values that come here: because a peer was asked, or because somebody brought them. */
export class Transfers<Spec> {
  readonly #tasks: Tasks<Spec>;
  readonly #outbox: Outbox<Spec>;

  constructor(tasks: Tasks<Spec>, outbox: Outbox<Spec>) {
    this.#tasks = tasks;
    this.#outbox = outbox;
  }

  /** Asks peers for what is to be fetched, as far as limits allow. */
  begin(): void {
    const { gathers } = this.#tasks;
    for (let gather = gathers.next(); gather !== undefined; gather = gathers.next()) {
      const { peer, tasks, nbytes } = gather;
      for (const task of tasks) {
        task.comingFrom = peer;
        this.#tasks.move(task, "flight");
      }
      this.#outbox.push({ op: "gather", peer, keys: tasks.map(({ key }) => key), nbytes });
    }
  }

  received(peer: string, values: ReadonlyMap<string, ValueInfo>): void {
    const arrived: string[] = [];
    for (const task of this.#end(peer)) {
      const value = values.get(task.key);
      if (value === undefined) this.#tasks.gathers.removeHolder(task, peer);
      if (value === undefined || task.state === "cancelled") this.#didNotArrive(task);
      else if (task.state === "resumed") this.#computedElsewhere(task, value);
      else {
        this.#tasks.remember(task, value);
        arrived.push(task.key);
      }
    }
    for (const key of values.keys()) {
      if (this.#tasks.byKey.get(key)?.state !== "memory") this.#outbox.push({ op: "drop", key });
    }
    if (arrived.length > 0) this.#outbox.send({ op: "add-keys", keys: arrived });
  }

  /** The peer is busy: others are asked, or it is asked again later. */
  refused(peer: string): void {
    const { gathers } = this.#tasks;
    gathers.setBusy(peer);
    this.#outbox.push({ op: "retry-busy-later", peer });
    const tasks = this.#end(peer);
    for (const task of tasks) this.#didNotArrive(task);
    this.#askWhoHas(tasks.filter((task) => task.state === "fetch" && gathers.hasBusyHoldersOnly(task)));
  }

  /** The peer counts as dead. */
  failed(peer: string): void {
    const tasks = this.#end(peer);
    this.#tasks.removePeer(peer);
    for (const task of tasks) this.#didNotArrive(task);
  }

  findMissing(): void {
    this.#askWhoHas([...this.#tasks.missing]);
  }

  /** A value was brought here. */
  put(key: string, value: ValueInfo): void {
    const task = this.#tasks.ensure(key);
    const { state } = task;
    const underWay = task.previous ?? state;
    task.comingFrom = undefined;
    if (state === "memory") this.#tasks.setValue(task, value);
    else if (underWay === "executing" || underWay === "long-running") {
      // The run will make it. Who believes that it is here already will be corrected.
      this.#outbox.push({ op: "drop", key });
    } else if (state === "flight") {
      this.#tasks.remember(task, value);
      this.#outbox.send({ op: "add-keys", keys: [key] });
    } else if (isToBeComputed(task)) {
      this.#computedElsewhere(task, value);
    } else {
      this.#tasks.leave(task);
      this.#tasks.remember(task, value);
    }
  }

  /** The scheduler is told of these values; it has those removed whose keys it has forgotten meanwhile. */
  report(keys: Iterable<string>): void {
    const here = [...keys].filter((key) => this.#tasks.byKey.get(key)?.state === "memory");
    if (here.length > 0) this.#outbox.send({ op: "add-keys", keys: here });
  }

  /** What is to be computed here has come in another way. */
  #computedElsewhere(task: Task<Spec>, value: ValueInfo): void {
    if (task.state !== "resumed") this.#tasks.leave(task);
    this.#tasks.remember(task, value);
    this.#outbox.sendFinished(task.key, task.runId, value);
  }

  #end(peer: string): readonly Task<Spec>[] {
    const tasks = this.#tasks.gathers.done(peer);
    if (tasks === undefined) throw new Error(`${peer} was not asked for anything`);
    // What was brought here in another way meanwhile has had its end.
    const expected = tasks.filter(({ comingFrom }) => comingFrom === peer);
    for (const task of expected) task.comingFrom = undefined;
    return expected;
  }

  #didNotArrive(task: Task<Spec>): void {
    const { state } = task;
    if (state === "flight") this.#tasks.fetchOrMiss(task);
    else {
      this.#tasks.move(task, "released");
      if (state === "resumed") this.#tasks.await(task);
      else this.#tasks.settle(task);
    }
  }

  #askWhoHas(tasks: readonly Task<Spec>[]): void {
    if (tasks.length === 0) return;
    this.#outbox.send({ op: "request-refresh-who-has", keys: tasks.map(({ key }) => key) });
  }
}
