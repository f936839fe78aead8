import { setTimeout as sleep } from "node:timers/promises";
import { Library } from "../../src/closure/library.ts";
import { failureOf } from "../../src/dask/client/failures.ts";
import type { KeyListener } from "../../src/dask/client/key-listener.ts";
import { SchedulerClient } from "../../src/dask/client/scheduler-client.ts";
import type { KeyId } from "../../src/dask/protocol/key.ts";
import type { GraphTask } from "../../src/dask/protocol/task-graph.ts";
import { prepareAny, readAny, writeAny } from "../../src/dask/tasks/any-value.ts";
import { CommError, RemoteError } from "../../src/errors.ts";
import type { Random } from "../../test/support/random.ts";
import type { Counts } from "./chaos-counts.ts";
import { type ChaosGraph, type Expected, evaluate, randomGraph } from "./chaos-graph.ts";
import { perform, produce } from "./chaos-tasks.ts";
import { graphTask, Input } from "./graph-task.ts";

/** Listens to nothing: what becomes of keys is asked for. */
function listener(): KeyListener {
  const nothing = (): void => {};
  return {
    inMemory: nothing,
    lost: nothing,
    erred: nothing,
    cancelled: nothing,
    retried: nothing,
    noWorkers: nothing,
    closed: nothing,
  };
}

/** Results that are kept for a while after their round. */
interface Kept {
  readonly keys: ReadonlyMap<KeyId, Expected>;
  readonly listener: KeyListener;
  /** Rounds that it outlives. */
  rounds: number;
}

/**
 * A client that speaks of keys, and that changes its mind all the time. Each round is one graph, whose results must be
 * those of its evaluation, whatever happens to workers meanwhile.
 */
export class KeyRounds {
  readonly client: SchedulerClient;
  /** What workers may have of scatters that failed: the scheduler does not know of it. */
  readonly orphans = new Set<KeyId>();
  /** Keys that the round waits for. */
  waitsFor: readonly KeyId[] = [];
  readonly #name: string;
  readonly #random: Random;
  readonly #counts: Counts;
  readonly #library: Library;
  readonly #kept: Kept[] = [];
  readonly #moves = new Set<Promise<void>>();
  #count = 0;

  constructor(address: string, name: string, random: Random, counts: Counts) {
    this.#name = name;
    this.#random = random;
    this.#counts = counts;
    this.#library = new Library(name);
    this.client = new SchedulerClient(address, {
      noWorkerTimeout: Infinity,
      errorOf: async (failure, key) => (await failureOf(failure, key, this.#library, () => undefined)).error,
    });
  }

  /**
   * Moves results about that are kept for a while. They are wanted until it is done: the scheduler fails to find
   * those that are forgotten while it moves them.
   */
  async move(move: (keys: readonly KeyId[]) => Promise<void>): Promise<void> {
    const moving = move(this.#kept.flatMap(({ keys }) => goodOf(keys).map(([key]) => key)));
    this.#moves.add(moving);
    await moving.finally(() => this.#moves.delete(moving));
  }

  /** One graph. */
  async round(): Promise<void> {
    const random = this.#random;
    const graph = randomGraph(random);
    const prefix = `${this.#name}-${++this.#count}`;
    const tasks = this.#tasksOf(graph, prefix);
    const expected = evaluate(graph);
    const outputs = new Map(graph.outputs.map((i) => [tasks[i]!.key, expected[i]!]));
    this.waitsFor = [...outputs.keys()];
    const what = random.below(10);
    let holder = this.#submit(tasks, outputs);
    if (what === 0) await this.#dropped(outputs, holder);
    else if (what === 1) await this.#scattered(prefix);
    else if (what === 2) await this.#checkSome(outputs, holder);
    else if (what <= 5) {
      // The same keys again, while their tasks are under way, or a moment later.
      for (let again = 1 + random.below(3); again > 0; again--) {
        await this.#moment();
        const giveUp = random.chance(0.5);
        if (giveUp) this.client.cancel(outputs.keys());
        this.client.release(outputs.keys(), holder);
        this.#counts[giveUp ? "cancelled" : "released"] += outputs.size;
        if (random.chance(0.5)) await this.#moment();
        holder = this.#submit(tasks, outputs);
      }
    }
    if (what > 2) await this.#check(outputs);
    if (what > 7) this.#kept.push({ keys: outputs, listener: holder, rounds: random.below(4) });
    else this.client.release(outputs.keys(), holder);
    await this.#forgetKept();
  }

  /** Gives back all that is kept, after having looked at it once more. */
  async close(): Promise<void> {
    for (const one of this.#kept) one.rounds = 0;
    await this.#forgetKept();
    await this.client.close();
  }

  /** Kept results are there still, even if all workers that had them are gone. */
  async #forgetKept(): Promise<void> {
    for (const kept of [...this.#kept]) {
      if (--kept.rounds > 0) continue;
      this.waitsFor = [...kept.keys.keys()];
      await this.#check(kept.keys);
      while (this.#moves.size > 0) await Promise.allSettled(this.#moves);
      this.#kept.splice(this.#kept.indexOf(kept), 1);
      this.client.release(kept.keys.keys(), kept.listener);
    }
  }

  #submit(tasks: readonly GraphTask[], outputs: ReadonlyMap<KeyId, unknown>): KeyListener {
    const holder = listener();
    this.client.updateGraph(
      { tasks, outputs: [...outputs.keys()], token: `${this.#name}-${this.#random.next()}` },
      holder,
    );
    this.#counts.tasks += tasks.length;
    return holder;
  }

  /** Nobody wants it any more before it is done. */
  async #dropped(outputs: ReadonlyMap<KeyId, unknown>, holder: KeyListener): Promise<void> {
    await this.#moment();
    this.client.release(outputs.keys(), holder);
    this.#counts.released += outputs.size;
  }

  /** Some outputs are given back before they are done; the others are right. */
  async #checkSome(outputs: ReadonlyMap<KeyId, Expected>, holder: KeyListener): Promise<void> {
    await this.#moment();
    const given = [...outputs.keys()].filter(() => this.#random.chance(0.5));
    this.client.release(given, holder);
    this.#counts.released += given.length;
    await this.#check(new Map([...outputs].filter(([key]) => !given.includes(key))));
  }

  /** Values of this process at workers: they are right, or are lost with their workers, which is said. */
  async #scattered(prefix: string): Promise<void> {
    const random = this.#random;
    const values = Array.from({ length: 1 + random.below(5) }, (_, i) =>
      produce(random.pick(["number", "own", "array", "record"] as const), random.below(1000), [i]),
    );
    const key = (i: number): KeyId => `${prefix}-given-${i}`;
    const holder = listener();
    const data = new Map(values.map((value, i) => [key(i), writeAny(value, this.#library)]));
    try {
      // Not to all workers: the scheduler stumbles over those that it retires meanwhile.
      await this.client.scatter(data, holder);
    } catch (error) {
      // The scheduler hangs up if it cannot reach the workers that it has chosen, or has none.
      if (!(error instanceof CommError || error instanceof RemoteError)) throw error;
      this.#counts.lost += data.size;
      for (const one of data.keys()) this.orphans.add(one);
      return;
    }
    this.waitsFor = [...data.keys()];
    await this.#moment();
    for (const [i, value] of values.entries()) {
      const found = await this.#resultOf(key(i));
      if (found instanceof Error && (found as { code?: unknown }).code === "ERR_CANCELLED")
        this.#counts.lost++;
      else this.#compare(key(i), found, { value });
    }
    this.client.release(data.keys(), holder);
  }

  /** All of them at once, or one after the other. */
  async #check(outputs: ReadonlyMap<KeyId, Expected>): Promise<void> {
    const good = goodOf(outputs);
    if (this.#random.chance(0.5)) {
      const values = await this.client.gather(good.map(([key]) => key));
      for (const [key, expected] of good) {
        const serialized = values.get(key)!;
        await prepareAny(serialized, this.#library);
        this.#compare(key, readAny(serialized, this.#library), expected);
      }
      for (const [key, expected] of outputs) {
        if ("failures" in expected) this.#compare(key, await this.#resultOf(key), expected);
      }
    } else {
      const found = [...outputs].map(async ([key, expected]) => ({
        key,
        expected,
        one: await this.#resultOf(key),
      }));
      for (const { key, expected, one } of await Promise.all(found)) this.#compare(key, one, expected);
    }
  }

  async #resultOf(key: KeyId): Promise<unknown> {
    try {
      const serialized = (await this.client.gather([key])).get(key)!;
      await prepareAny(serialized, this.#library);
      return readAny(serialized, this.#library);
    } catch (error) {
      return error;
    }
  }

  #compare(key: KeyId, found: unknown, expected: Expected): void {
    this.#counts.compare(key, found, expected);
  }

  /** Long enough for some of the tasks. */
  async #moment(): Promise<void> {
    await sleep(this.#random.chance(0.3) ? 0 : this.#random.below(400));
  }

  #tasksOf({ tasks }: ChaosGraph, prefix: string): readonly GraphTask[] {
    const keyOf = (i: number): KeyId => `${prefix}-${tasks[i]!.kind}-${i}`;
    return tasks.map(({ kind, seed, wait, inputs }, i) => {
      const args = [kind, seed, wait, ...inputs.map((input) => new Input(keyOf(input)))];
      return graphTask(this.#library, keyOf(i), perform, args);
    });
  }
}

function goodOf(keys: ReadonlyMap<KeyId, Expected>): [KeyId, Expected][] {
  return [...keys].filter(([, expected]) => "value" in expected);
}
