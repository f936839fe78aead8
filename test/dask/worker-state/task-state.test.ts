import { expect, test } from "vitest";
import {
  hasNotBegun,
  isRunning,
  isToBeComputed,
  isToBeFetched,
  newTask,
  stateShown,
  TRANSITIONS,
} from "../../../src/dask/worker-state/task-state.ts";

test("every state can be reached from released, and leads back to it", () => {
  const reached = (from: string, next: (state: string) => readonly string[]): Set<string> => {
    const all = new Set([from]);
    for (const state of all) for (const other of next(state)) all.add(other);
    return all;
  };
  const after = (state: string): string[] => Object.keys(TRANSITIONS[state as keyof typeof TRANSITIONS]);
  const states = new Set(Object.keys(TRANSITIONS));
  expect(reached("released", after)).toEqual(states);
  const before = (state: string): string[] => [...states].filter((other) => after(other).includes(state));
  expect(reached("released", before)).toEqual(states);
});

test("what is resumed is wanted the other way round", () => {
  const task = newTask("x");
  expect([hasNotBegun(task), isRunning(task), isToBeComputed(task), isToBeFetched(task)]).toEqual(
    new Array(4).fill(false),
  );
  Object.assign(task, { state: "resumed", previous: "flight" });
  expect([isToBeComputed(task), isToBeFetched(task)]).toEqual([true, false]);
  expect(stateShown(task)).toBe("resumed(flight)");
  Object.assign(task, { previous: "executing" });
  expect([isToBeComputed(task), isToBeFetched(task)]).toEqual([false, true]);
  Object.assign(task, { state: "long-running", previous: undefined });
  expect([isRunning(task), isToBeComputed(task), hasNotBegun(task)]).toEqual([true, true, false]);
  expect(stateShown(task)).toBe("long-running");
});
