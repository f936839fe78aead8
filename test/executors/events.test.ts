import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { RunEvent } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { EventHub } from "../../src/executors/events.ts";

const event = (run: number): RunEvent => ({ run, state: "started", tasks: 1, at: 0, error: undefined });

describe("EventHub", () => {
  it("tells the listeners of a kind of event, in their order", () => {
    const hub = new EventHub();
    const heard: [string, unknown][] = [];
    hub.on("run", (one) => heard.push(["first", one]));
    hub.on("run", (one) => heard.push(["second", one]));
    hub.on("task", (one) => heard.push(["task", one]));
    const one = event(1);
    hub.publish("run", one);
    expect(heard).toEqual([
      ["first", one],
      ["second", one],
    ]);
  });

  it("knows whether anybody listens", () => {
    const hub = new EventHub();
    const listener = (): void => {};
    expect(hub.observed("run")).toBe(false);
    hub.on("run", listener);
    expect(hub.observed("run")).toBe(true);
    expect(hub.observed("task")).toBe(false);
    hub.off("run", listener);
    expect(hub.observed("run")).toBe(false);
    subscribe("dispatch-graph:task", listener);
    expect(hub.observed("task")).toBe(true);
    unsubscribe("dispatch-graph:task", listener);
    expect(hub.observed("task")).toBe(false);
  });

  it("tells subscribers of the channels, whichever hub it is", () => {
    const heard: unknown[] = [];
    const note = (message: unknown): void => void heard.push(message);
    subscribe("dispatch-graph:run", note);
    const [one, two] = [event(1), event(2)];
    new EventHub().publish("run", one);
    new EventHub().publish("run", two);
    unsubscribe("dispatch-graph:run", note);
    expect(heard).toEqual([one, two]);
  });

  it("lets a listener leave, and others come, while it tells them", () => {
    const hub = new EventHub();
    const heard: string[] = [];
    const once = (): void => {
      heard.push("once");
      hub.off("run", once);
    };
    hub.on("run", once);
    hub.on("run", () => heard.push("always"));
    hub.publish("run", event(1));
    hub.publish("run", event(2));
    expect(heard).toEqual(["once", "always", "always"]);
  });

  it("has room for many listeners without a warning", async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown): void => void warnings.push(warning);
    process.on("warning", note);
    const hub = new EventHub();
    let heard = 0;
    for (let i = 0; i < 50; i++) hub.on("run", () => heard++);
    hub.publish("run", event(1));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(heard).toBe(50);
    expect(warnings).toEqual([]);
  });
});
