import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { whenAborted } from "../../src/executors/abort.ts";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

test("calls back all who wait, behind a single listener", () => {
  const controller = new AbortController();
  const called: number[] = [];
  for (let i = 0; i < 100; i++) whenAborted(controller.signal, () => called.push(i));
  expect(listeners(controller.signal)).toBe(1);
  controller.abort();
  expect(called).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test("does not call back who has stopped waiting, and leaves no listener when none is left", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const wait = (): void => void called.push("same");
  const [first, second] = [whenAborted(controller.signal, wait), whenAborted(controller.signal, wait)];
  first();
  first();
  expect(listeners(controller.signal)).toBe(1);
  second();
  expect(listeners(controller.signal)).toBe(0);
  whenAborted(controller.signal, () => called.push("again"));
  controller.abort();
  expect(called).toEqual(["again"]);
});

test("a callback may end the wait of another", () => {
  const controller = new AbortController();
  const called: string[] = [];
  whenAborted(controller.signal, () => {
    called.push("first");
    end();
  });
  const end = whenAborted(controller.signal, () => called.push("second"));
  controller.abort();
  expect(called).toEqual(["first"]);
});
