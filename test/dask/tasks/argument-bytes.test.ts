import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import {
  argumentBytes,
  openArguments,
  type TaskNotes,
  WrittenNotes,
} from "../../../src/dask/tasks/argument-bytes.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { ALL_INPUTS, LISTED, PLAIN_PAIR } from "../../../src/worker/protocol.ts";

const library = new Library("arguments");
const notes: TaskNotes = { label: "add", node: 300, topic: undefined, watched: false, described: false };

describe("argument bytes", () => {
  it("are what other versions of this format read", () => {
    const bytes = argumentBytes(
      { ...notes, topic: "t", watched: true },
      1,
      { form: LISTED, args: [1, "é"] },
      library,
    );
    expect(Buffer.from(bytes).toString("hex")).toBe("6aac0203616464017401020401" + "0702c3a9");
  });

  it("give their notes back", () => {
    const given = { label: "größer 🎈", node: 2 ** 40, topic: "x", watched: false, described: true };
    const read = new WrittenNotes(argumentBytes(given, 0, { form: ALL_INPUTS }, library));
    const { label, node, topic, watched, described } = read;
    expect({ label, node, topic, watched, described }).toEqual(given);
  });

  it("can be written after some could not be", () => {
    const bad = { form: PLAIN_PAIR, data: [[() => 1], {}] } as const;
    expect(() => argumentBytes(notes, 0, bad, library)).toThrow(/could not be cloned/);
    const read = openArguments(argumentBytes(notes, 0, { form: LISTED, args: [1] }, library), library);
    expect(read.args()).toEqual([1]);
  });

  it("are refused if they are cut off", () => {
    const content = { form: PLAIN_PAIR, data: [[1, { a: "text" }], {}] } as const;
    const bytes = argumentBytes({ ...notes, topic: "t" }, 2, content, library);
    for (let length = 0; length < bytes.byteLength; length++) {
      const cut = bytes.slice(0, length);
      expect(() => openArguments(cut, library).args()).toThrow(DaskProtocolError);
      // Its notes are those of nothing, at worst.
      expect(new WrittenNotes(cut).node).toBeGreaterThanOrEqual(0);
    }
  });

  it("are refused in a form that does not exist", () => {
    expect(() => openArguments(Uint8Array.of(7, 0, 0), library)).toThrow(/no arguments of form 7/);
  });

  it("are refused if there are no arguments in them", () => {
    const bytes = argumentBytes(notes, 0, { form: PLAIN_PAIR, data: 5 }, library);
    expect(() => openArguments(bytes, library).args()).toThrow(/there are no arguments/);
  });
});
