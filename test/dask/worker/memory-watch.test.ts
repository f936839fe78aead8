import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Log } from "../../../src/dask/worker/log.ts";
import { MemoryWatch } from "../../../src/dask/worker/memory-watch.ts";

const LIMIT = 1000e6;
let taken: number;
let said: string[];
let watch: MemoryWatch;
let cells: { memoryBytes: number; isStuck: boolean; relieved: number; retries: number };
let log: Log;
let isIdle: boolean;
let pressure: number;

beforeEach(() => {
  taken = 0;
  said = [];
  isIdle = true;
  pressure = 0;
  const state = { memoryBytes: 0, isStuck: false, relieved: -1, retries: 0 };
  cells = state;
  log = new Log("w", true);
  log.warn = (line) => void said.push(line);
  watch = new MemoryWatch({
    limit: LIMIT,
    cells: {
      ...{ relieve: (bytes: number) => (state.relieved = bytes), retry: () => state.retries++ },
      get isStuck() {
        return state.isStuck;
      },
      get memoryBytes() {
        return state.memoryBytes;
      },
    } as unknown as ConstructorParameters<typeof MemoryWatch>[0]["cells"],
    log,
    isIdle: () => isIdle,
    onPressure: () => void pressure++,
    onPause: () => void said.push("pause"),
    onResume: () => void said.push("resume"),
    measure: () => taken,
  });
});
afterEach(() => watch.close());

function at(share: number): string[] {
  taken = share * LIMIT;
  watch.look();
  return said.splice(0);
}

it("pauses above four fifths of the limit, and goes on below", () => {
  expect(at(0.5)).toEqual([]);
  expect(at(0.81)).toEqual([
    "paused: no task begins; the process takes 810 MB of 1000 MB, results 0 MB",
    "pause",
  ]);
  expect(at(0.95)).toEqual([]);
  expect(at(0.79)).toEqual(["goes on; the process takes 790 MB of 1000 MB, results 0 MB", "resume"]);
  expect(at(0.2)).toEqual([]);
});

it("has as many bytes put on disk as there are too many", () => {
  at(0.65);
  expect(cells.relieved).toBe(0);
  at(0.75);
  expect(cells.relieved).toBeCloseTo(0.15 * LIMIT);
  at(0.5);
  expect(cells.relieved).toBe(0);
});

it("pauses while the disk takes nothing", () => {
  cells.isStuck = true;
  expect(at(0.1)).toHaveLength(2);
  expect(at(0.1)).toEqual([]);
  cells.isStuck = false;
  expect(at(0.1).at(-1)).toBe("resume");
  // It is not tried each time.
  expect(cells.retries).toBe(1);
});

it("has others give back what they can do without, now and then", () => {
  at(0.65);
  expect(pressure).toBe(0);
  at(0.75);
  at(0.75);
  expect(pressure).toBe(1);
});

it("does not wait for ever for what nothing can be done about", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    cells.memoryBytes = 0.5 * LIMIT;
    expect(at(0.9).at(-1)).toBe("pause");
    vi.advanceTimersByTime(11_000);
    // Results can be put on disk.
    expect(at(0.9)).toEqual([]);
    cells.memoryBytes = 0;
    isIdle = false;
    expect(at(0.9)).toEqual([]);
    isIdle = true;
    expect(at(0.9)).toEqual([
      "goes on all the same, as there is nothing that could be put on disk; the process takes 900 MB of 1000 MB, results 0 MB",
      "resume",
    ]);
    expect(at(0.95)).toEqual([]);
    expect(at(1.05).at(-1)).toBe("pause");
    expect(at(0.5).at(-1)).toBe("resume");
    expect(at(0.85).at(-1)).toBe("pause");
  } finally {
    vi.useRealTimers();
  }
});

it("knows what the process takes", () => {
  const real = new MemoryWatch({
    limit: 1,
    cells: { relieve: () => {}, retry: () => {}, isStuck: false, memoryBytes: 0 } as never,
    log,
    isIdle: () => true,
    onPressure: () => {},
    onPause: () => void said.push("pause"),
    onResume: () => {},
  });
  real.look();
  real.close();
  expect(said.at(-1)).toBe("pause");
});
