import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WorkerReport } from "../../../src/dask/protocol/worker-reports.ts";
import type { TaskNotes } from "../../../src/dask/tasks/argument-bytes.ts";
import { News } from "../../../src/dask/worker/news.ts";

let sent: WorkerReport[];
let news: News;
beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  news = new News("worker a", (report) => void sent.push(report));
});
afterEach(() => vi.useRealTimers());

function notes(some: Partial<TaskNotes> = {}): TaskNotes {
  return { label: "f", node: 1, topic: "run", watched: true, described: false, ...some };
}

it("travel together, by topic", () => {
  news.begun("a", notes(), 1, 1);
  news.finished("a", notes(), { stop: 2, thread: 1 }, 10, undefined);
  news.erred("b", notes({ topic: "other" }), { stop: 3, thread: 2 });
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(sent).toEqual([
    {
      op: "log-event",
      topic: "run",
      msg: {
        name: "worker a",
        tasks: [
          ["a", "processing", 1, 1, 0, null],
          ["a", "memory", 2, 1, 10, null],
        ],
      },
    },
    { op: "log-event", topic: "other", msg: { name: "worker a", tasks: [["b", "erred", 3, 2, 0, null]] } },
  ]);
});

it("are only told of tasks that somebody watches, or wants described", () => {
  news.begun("a", notes({ topic: undefined }), 1, 1);
  news.begun("b", notes({ watched: false }), 1, 1);
  news.finished("b", notes({ watched: false }), { stop: 1, thread: 1 }, 1, undefined);
  news.begun("c", notes({ watched: false, described: true }), 1, 1);
  const description = { type: "Float64Array", bytes: 80 };
  news.finished("c", notes({ watched: false, described: true }), { stop: 2, thread: 1 }, 80, description);
  news.flush();
  expect(sent).toEqual([
    {
      op: "log-event",
      topic: "run",
      msg: { name: "worker a", tasks: [["c", "memory", 2, 1, 80, description]] },
    },
  ]);
});

it("are told at once if need be, and not twice", () => {
  news.begun("a", notes(), 1, 1);
  news.flush();
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(50);
  expect(sent).toHaveLength(1);
});
