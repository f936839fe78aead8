import { expect, it } from "vitest";
import { Topics } from "../../../src/dask/client/topics.ts";

it("tells the scheduler of the first and the last listener of a topic", () => {
  const told: string[] = [];
  const heard: unknown[] = [];
  const topics = new Topics((op, topic) => told.push(`${op} ${topic}`));
  const listener = (event: unknown, time: number): void => void heard.push([event, time]);
  const ends = [topics.subscribe("all", listener), topics.subscribe("all", listener)];
  expect(told).toEqual(["subscribe-topic all"]);
  topics.take("all", "event", 1.5);
  topics.take("other", "event", 1.5);
  expect(heard).toEqual([
    ["event", 1.5],
    ["event", 1.5],
  ]);
  ends[0]!();
  ends[0]!();
  expect(told).toHaveLength(1);
  ends[1]!();
  expect(told).toEqual(["subscribe-topic all", "unsubscribe-topic all"]);
  topics.take("all", "event", 2);
  expect(heard).toHaveLength(2);
});
