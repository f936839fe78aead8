import { describe, expect, test } from "vitest";
import { Random } from "../../support/random.ts";
import { shape } from "../../support/scheduler.ts";
import { VirtualCluster, type Work } from "../../support/virtual-cluster.ts";
import { type Dependencies, fanOut } from "../../support/works.ts";

const ENOUGH = 1.1;

function workOf(dependencies: Dependencies, durations: readonly number[]): Work {
  return { graph: shape(...dependencies), durations };
}

/** When the last task ends. */
function timeOf(work: Work, workers: number): number {
  const cluster = new VirtualCluster(...new Array<number>(workers).fill(1));
  cluster.submit(work);
  cluster.run();
  return cluster.now;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

describe.each([2, 3, 8])("on %i workers", (workers) => {
  test.each([1, 2, 3, 10, 100, 1000])(
    "a root and %i equal children take as many rounds as they must",
    (children) => {
      const work = workOf(fanOut(children), new Array<number>(children + 1).fill(2));
      expect(timeOf(work, workers)).toBe(2 + 2 * Math.ceil(children / workers));
    },
  );

  test("a root and children of different length take hardly longer than their work divided by the workers", () => {
    const random = new Random(workers);
    for (let i = 0; i < 50; i++) {
      const children = Array.from({ length: 20 * workers }, () => 1 + 9 * random.next());
      const ideal = 3 + Math.max(sum(children) / workers, ...children);
      const time = timeOf(workOf(fanOut(children.length), [3, ...children]), workers);
      expect(time / ideal).toBeLessThanOrEqual(ENOUGH);
    }
  });

  test("several roots and their children do so too", () => {
    const roots = [0, 1, 2];
    const children = Array.from({ length: 20 * workers }, (_, i) => [i % roots.length]);
    const durations = [...roots.map(() => 1), ...children.map((_, i) => 1 + (i % 3))];
    // Nothing but roots can run in the first round.
    const ideal = Math.max(sum(durations) / workers, 1 + sum(durations.slice(3)) / workers);
    const time = timeOf(workOf([...roots.map(() => []), ...children], durations), workers);
    expect(time / ideal).toBeLessThanOrEqual(ENOUGH);
  });
});

test("one root and three children take two rounds on three workers", () => {
  expect(timeOf(workOf(fanOut(3), [2, 2, 2, 2]), 3)).toBe(4);
});

test("a worker that is added late takes part at once", () => {
  const cluster = new VirtualCluster(1, 1);
  const children = 100;
  cluster.submit(workOf(fanOut(children), new Array<number>(children + 1).fill(1)));
  cluster.at(10.5, () => cluster.core.addWorker(1));
  cluster.run();
  const late = cluster.turns.filter(({ worker }) => worker === 2);
  expect(late[0]!.begin).toBe(10.5);
  // 20 tasks are done at 11, and the others are done by three.
  expect(cluster.now / (10.5 + (children - 19) / 3)).toBeLessThanOrEqual(ENOUGH);
  for (const [i, { begin }] of late.entries()) expect(begin).toBe(10.5 + i);
});
