import { describe, expect, it } from "vitest";
import { newToken, TaskKeys, tokenIn } from "../../../src/dask/graph/task-keys.ts";
import { describeDask, NEWEST, OLDEST } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";

const LABELS = [
  "add",
  "load-csv 2.dat",
  "(a) => a + 1",
  "0",
  "überall",
  "x".repeat(100),
  "a\nb",
  "deadbeef",
  "-",
];

describe("keys of tasks", () => {
  it("lead back to their tasks", () => {
    const keys = new TaskKeys("0abc", LABELS.length);
    const made = LABELS.map((label, task) => keys.make(task, label));
    expect(new Set(made).size).toBe(LABELS.length);
    expect(made.map((key) => keys.taskOf(key))).toEqual(LABELS.map((_, task) => task));
    expect(made.map(tokenIn)).toEqual(LABELS.map(() => "0abc"));
  });

  it("have a token that no other run has", () => {
    const tokens = Array.from({ length: 100 }, newToken);
    expect(new Set(tokens).size).toBe(100);
    expect(tokens.map((token) => tokenIn(new TaskKeys(token, 1).make(0, "add")))).toEqual(tokens);
  });

  it("are other ones when a task gets its key again", () => {
    const keys = new TaskKeys("0abc", 3);
    const first = keys.make(2, "add");
    const second = keys.make(2, "add");
    expect(second).not.toBe(first);
    expect(keys.taskOf(first)).toBe(-1);
    expect(keys.taskOf(second)).toBe(2);
    expect(tokenIn(second)).toBe("0abc");
  });

  it("of others are not theirs", () => {
    const keys = new TaskKeys("0abc", 3);
    keys.make(1, "add");
    expect(keys.taskOf("add-0abd-1")).toBe(-1);
    expect(keys.taskOf("x")).toBe(-1);
    keys.alias(0, "add-0abd-7");
    expect(keys.of(0)).toBe("add-0abd-7");
    expect(keys.taskOf("add-0abd-7")).toBe(-1);
    keys.alias(2, "add-0abd-7");
    expect(keys.tasksOf("add-0abd-7")).toEqual([0, 2]);
    expect(keys.tasksOf(keys.of(1)!)).toEqual([1]);
    expect(keys.tasksOf("x")).toEqual([]);
    expect(tokenIn("finalize-hlgfinalize-1234")).toBeUndefined();
  });
});

describeDask.each([NEWEST, OLDEST])("the scheduler of %s", (release) => {
  it("takes what is before the token for the kind of the task", async () => {
    const keys = new TaskKeys("0abcdefabcdefab", LABELS.length);
    const made = LABELS.map((label, task) => keys.make(task, label));
    const kinds = await runPython<string[]>(
      release,
      "from dask.utils import key_split\nprint(json.dumps([key_split(key) for key in json.loads(sys.argv[1])]))",
      made,
    );
    expect(kinds).toEqual(made.map((key) => key.slice(0, key.indexOf("-"))));
  });
});
