import { describe, expect, test } from "vitest";
import { WITH_DATA } from "../../../src/core/scheduler/task-table.ts";
import { Random } from "../../support/random.ts";
import { shape } from "../../support/scheduler.ts";
import { VirtualCluster } from "../../support/virtual-cluster.ts";
import { randomWork } from "../../support/works.ts";

const LIFETIMES = 1000;
const PLACES = [0, 1, 2];

/** A task that could begin, and does not though this worker has a free slot; told by states and inputs, not by queues. */
function neglected(cluster: VirtualCluster): { task: number; worker: number } | undefined {
  const { core } = cluster;
  const { table, workers } = core;
  const pausing = new Set(
    core.timers.values().flatMap(({ task, attempt }) => (table.attempt[task] === attempt ? [task] : [])),
  );
  const runnable: number[] = [];
  for (const { base, size } of core.graphs.values()) {
    for (let task = base; task < base + size; task++) {
      const state = core.stateOf(task);
      if ((state !== "waiting" && state !== "queued") || pausing.has(task)) continue;
      const inputs = table.dependencies.subarray(
        table.dependencyStart[task],
        table.dependencyStart[task + 1],
      );
      if (inputs.every((input) => core.stateOf(input) === "memory")) runnable.push(task);
    }
  }
  for (const worker of workers.all()) {
    const running = cluster.runningAt(worker.index);
    if (running.length >= worker.slots || worker.isolated) continue;
    const able = runnable.filter((task) => {
      const stays = table.restriction[task] === WITH_DATA && table.worker[task] !== -1;
      return stays ? table.worker[task] === worker.index : workers.mayRun(worker, task);
    });
    // What workers were lost with runs alone: it waits for the others there, and they are not joined by more.
    if (running.length > 0 && able.some((task) => table.losses[task]! > 0)) continue;
    if (able.length > 0) return { task: able[0]!, worker: worker.index };
  }
  return undefined;
}

/** A cluster to which graphs and workers come, and workers are lost. */
function live(seed: number): VirtualCluster {
  const random = new Random(seed);
  const cluster = new VirtualCluster();
  const { core } = cluster;
  const join = (place: number): number => core.addWorker(1 + random.below(3), place);
  const restrictions = [[0], [0, 1], [2]].map((places) => core.restriction(places));
  cluster.afterEvent = () => {
    const found = neglected(cluster);
    if (found === undefined) return;
    throw new Error(
      `seed ${seed}: at ${cluster.now} worker ${found.worker} idles, and task ${found.task} is ready`,
    );
  };
  for (let i = 0; i < 2; i++) join(random.pick(PLACES));
  for (let i = 0; i <= random.below(3); i++) {
    cluster.at(random.next() * 5, () => cluster.submit(randomWork(random, restrictions)));
  }
  for (let i = 0; i < random.below(6); i++) {
    cluster.at(random.next() * 15, () => {
      const workers = core.workers.all();
      if (random.chance(0.5) || workers.length === 0) join(random.pick(PLACES));
      else if (random.chance(0.3)) core.setSlots(random.pick(workers).index, random.below(4));
      else cluster.lose(random.pick(workers).index);
    });
  }
  // In the end there is a worker for everything.
  cluster.at(20, () => {
    for (const { index } of core.workers.all()) core.setSlots(index, 1);
    PLACES.forEach(join);
  });
  cluster.run();
  return cluster;
}

test(`no slot idles while a task can run, after any event of ${LIFETIMES} clusters`, () => {
  const first =
    process.env.SEED === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(process.env.SEED);
  console.log(`idle: seeds ${first} to ${first + LIFETIMES - 1}`);
  for (let seed = first; seed < first + LIFETIMES; seed++) {
    const { core } = live(seed);
    for (const { base, size } of core.graphs.values()) {
      for (let task = base; task < base + size; task++) {
        expect(["memory", "released"], `seed ${seed}`).toContain(core.stateOf(task));
      }
    }
  }
});

describe("a task whose inputs are at a worker that is busy", () => {
  /** Task 0 is made at worker 0, then 1 keeps that busy until 11; 2 needs the result of 0. Worker 1 is done with 3 at 5. */
  function beginOf(restriction: (cluster: VirtualCluster) => number, priority = 0): number {
    const cluster = new VirtualCluster(1, 1);
    const restrictions = Uint8Array.of(cluster.core.restriction([0]), cluster.core.restriction([0]), 0, 0);
    restrictions[2] = restriction(cluster);
    restrictions[3] = cluster.core.restriction([1]);
    const priorities = Int8Array.of(0, 1, priority, 0);
    const graph = { ...shape([], [0], [0], []), restrictions, priorities };
    cluster.submit({ graph, durations: [1, 10, 1, 5] });
    cluster.run();
    return cluster.turns.find(({ task }) => task === 2)!.begin;
  }

  test("begins at another one as soon as that has a slot", () => {
    expect(beginOf(() => 0)).toBe(5);
    expect(beginOf(() => 0, -1)).toBe(5);
    expect(beginOf(({ core }) => core.restriction([0, 1]))).toBe(5);
  });

  test("waits for its worker if it may run nowhere else", () => {
    expect(beginOf(() => WITH_DATA)).toBe(11);
    expect(beginOf(({ core }) => core.restriction([0]))).toBe(11);
  });
});
