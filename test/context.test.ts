import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import {
  asAsyncTask,
  type ContextSource,
  callerContext,
  enterTask,
  leaveTask,
  type TaskContext,
  taskContext,
} from "../src/context.ts";

/** Contexts that say where they come from. */
function source(name: string): ContextSource {
  return {
    contextOf: (task): TaskContext => ({
      signal: new AbortController().signal,
      key: `${name}-${task}`,
      label: name,
      worker: "main",
    }),
  };
}

const key = (): string | undefined => taskContext()?.key;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("taskContext", () => {
  it("is undefined outside of tasks", () => {
    expect(taskContext()).toBeUndefined();
  });

  it("is that of the task entered, until it is left", () => {
    enterTask(source("a"), 3);
    expect(key()).toBe("a-3");
    enterTask(source("b"), 4);
    expect(key()).toBe("b-4");
    leaveTask();
    expect(taskContext()).toBeUndefined();
  });

  it("is made only when it is asked for", () => {
    let made = 0;
    const counting: ContextSource = {
      contextOf: (task) => {
        made++;
        return source("a").contextOf(task);
      },
    };
    enterTask(counting, 1);
    leaveTask();
    expect(made).toBe(0);
  });

  it("stays with an async task over its awaits", async () => {
    const body = async () => {
      const seen = [key()];
      await null;
      seen.push(key());
      await turn();
      return [...seen, key()];
    };
    const [a, b] = [source("a"), source("b")];
    const both = [asAsyncTask(a, 1, body), asAsyncTask(b, 2, body)];
    expect(taskContext()).toBeUndefined();
    expect(await Promise.all(both)).toEqual([
      ["a-1", "a-1", "a-1"],
      ["b-2", "b-2", "b-2"],
    ]);
    expect(taskContext()).toBeUndefined();
  });

  it("of a synchronous task comes before that of the async task around it", async () => {
    const seen = await asAsyncTask(source("outer"), 1, async () => {
      enterTask(source("inner"), 2);
      const inner = key();
      leaveTask();
      await null;
      return [inner, key()];
    });
    expect(seen).toEqual(["inner-2", "outer-1"]);
  });

  it("leaves others' asynchronous contexts alone", async () => {
    const own = new AsyncLocalStorage<string>();
    const seen = await own.run("mine", () => asAsyncTask(source("a"), 1, async () => own.getStore()));
    expect(seen).toBe("mine");
  });
});

describe("callerContext", () => {
  it("is the async context of the caller, to be entered later", async () => {
    const own = new AsyncLocalStorage<string>();
    const enter = own.run("mine", () => callerContext());
    expect(own.getStore()).toBeUndefined();
    expect(enter(() => own.getStore())).toBe("mine");
    const later = enter(async () => {
      await turn();
      return own.getStore();
    });
    expect(await later).toBe("mine");
  });

  it("has no task in it: what a task starts is not the task", async () => {
    const own = new AsyncLocalStorage<string>();
    const seen = await own.run("mine", () =>
      asAsyncTask(source("outer"), 1, async () => {
        const enter = callerContext();
        return [enter(() => [key(), own.getStore()]), key()];
      }),
    );
    expect(seen).toEqual([[undefined, "mine"], "outer-1"]);
  });
});
