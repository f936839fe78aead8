import fc from "fast-check";
import { expect, test } from "vitest";
import { TaskTable } from "../../../src/core/scheduler/task-table.ts";
import { shape } from "../../support/scheduler.ts";

const dependencies = fc
  .integer({ min: 1, max: 30 })
  .chain((size) =>
    fc.tuple(
      ...Array.from({ length: size }, (_, t) =>
        fc.array(fc.nat(Math.max(0, t - 1)), { maxLength: t === 0 ? 0 : 4 }),
      ),
    ),
  );

test("knows the dependents of each task, for several graphs side by side", () => {
  fc.assert(
    fc.property(fc.array(dependencies, { minLength: 1, maxLength: 5 }), (graphs) => {
      const table = new TaskTable();
      const removed = table.add(shape([], [0], [0, 1]));
      const placed = graphs.map((graph, i) => {
        const range = table.add(shape(...graph));
        if (i === 0) table.remove(removed);
        return { graph, ...range };
      });
      for (const { graph, base } of placed) {
        graph.forEach((expected, t) => {
          const task = base + t;
          const found = table.dependencies.subarray(
            table.dependencyStart[task],
            table.dependencyStart[task + 1],
          );
          expect([...found]).toEqual(expected.map((d) => base + d));
          const dependents = graph.flatMap((one, u) => one.filter((d) => d === t).map(() => base + u));
          const there = table.dependents.subarray(table.dependentStart[task], table.dependentStart[task + 1]);
          expect([...there].sort((a, b) => a - b)).toEqual(dependents);
          expect([table.needed[task], table.state[task], table.attempt[task]]).toEqual([
            dependents.length,
            0,
            0,
          ]);
        });
      }
      for (const range of placed) table.remove(range);
      expect(table.end).toBe(0);
    }),
  );
});

test("gives memory back that only a large graph needed", () => {
  const table = new TaskTable();
  const size = 1_000_000;
  const large = table.add({
    size,
    dependencyStart: new Int32Array(size + 1),
    dependencies: new Int32Array(0),
  });
  expect(table.state.length).toBeGreaterThan(size);
  table.remove(large);
  expect(table.state.length).toBeLessThan(200_000);
});
