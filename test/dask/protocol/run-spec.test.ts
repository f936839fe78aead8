import { describe, expect, it } from "vitest";
import { keyId } from "../../../src/dask/protocol/key.ts";
import { Pickled } from "../../../src/dask/protocol/message.ts";
import { readRunSpec } from "../../../src/dask/protocol/run-spec.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { bytesOf, GOLDEN, pickledOf } from "../golden/golden.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe.each(GOLDEN)("readRunSpec of Python $release", ({ specs }) => {
  const read = (name: string) => readRunSpec(pickledOf(specs[name]!, "run_spec"));

  it("reads tasks of ours: payloads, and dependencies in the order of the arguments", () => {
    expect(read("task")).toEqual({
      kind: "task",
      payloads: [bytes("first"), bytes("second")],
      dependencies: ["inc-1", keyId(["x", 0]), "inc-1"],
    });
    expect(read("task without dependencies")).toEqual({
      kind: "task",
      payloads: [bytes("only")],
      dependencies: [],
    });
  });

  it("reads aliases and constants", () => {
    expect(read("alias")).toEqual({ kind: "alias", target: "target" });
    expect(read("data")).toEqual({ kind: "data", value: [1, { x: 2 }] });
  });

  it("names what is for Python", () => {
    expect(read("foreign")).toEqual({ kind: "foreign", what: "_operator.add" });
    expect(read("foreign method")).toEqual({ kind: "foreign", what: "the method upper" });
  });
});

describe("readRunSpec", () => {
  it("takes a tuple of old releases for something foreign", () => {
    expect(readRunSpec(new Pickled(bytesOf("80044b014b02862e"))).kind).toBe("foreign");
  });

  it("refuses what is no pickle", () => {
    expect(() => readRunSpec(new Pickled(bytes("x")))).toThrow(DaskProtocolError);
    // Task, filled with nothing, and an alias without a target
    const task = `80048c0f${Buffer.from("dask._task_spec").toString("hex")}8c04${Buffer.from("Task").toString("hex")}9329812e`;
    expect(readRunSpec(new Pickled(bytesOf(task)))).toEqual({
      kind: "foreign",
      what: "something that is no function",
    });
    const alias = task.replace(
      `8c04${Buffer.from("Task").toString("hex")}`,
      `8c05${Buffer.from("Alias").toString("hex")}`,
    );
    expect(() => readRunSpec(new Pickled(bytesOf(alias)))).toThrow(DaskProtocolError);
  });
});
