import { describe, expect, it } from "vitest";
import { readFailure, writeFailure } from "../../../src/dask/protocol/exceptions.ts";
import { decodeMessage, encodeMessage, Serialized } from "../../../src/dask/protocol/message.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";
import { bytesOf, fieldOf, GOLDEN } from "../golden/golden.ts";

const OPAQUE = Uint8Array.of(1, 2, 3);

describe("writeFailure", () => {
  it.each([
    ["TypeError", "builtins.TypeError"],
    ["RangeError", "builtins.ValueError"],
    ["SyntaxError", "builtins.RuntimeError"],
    ["OwnError", "builtins.RuntimeError"],
  ])("makes an exception of a %s that readFailure reads", (name, className) => {
    const { exception, traceback, exceptionText, tracebackText } = writeFailure(
      { name, message: "no good: 5", stack: "at x" },
      OPAQUE,
    );
    expect(readFailure(exception, traceback)).toEqual({
      opaque: OPAQUE,
      className,
      message: `${name}: no good: 5`,
      traceback: "",
      args: [`${name}: no good: 5`],
      cause: undefined,
    });
    expect([exceptionText, tracebackText]).toEqual([`${className.slice(9)}("${name}: no good: 5")`, "at x"]);
  });

  it("does without a message, a stack and bytes", () => {
    const failure = readFailure(writeFailure({ name: "Error", message: "" }).exception, null);
    expect([failure.message, failure.opaque]).toEqual(["Error", undefined]);
  });
});

describe.each(GOLDEN)("readFailure of Python $release", ({ failures }) => {
  const read = (name: string) =>
    readFailure(fieldOf(failures[name]!, "exception"), fieldOf(failures[name]!, "traceback"));

  it("reads exceptions, their tracebacks and causes", () => {
    expect(read("key error")).toMatchObject({ className: "builtins.KeyError", message: "'no such key'" });
    expect(read("key error").traceback).toMatch(
      /^Traceback \(most recent call last\):\n( {2}File "program.py", line \d+, in \w+\n?)+$/,
    );
    const caused = read("caused");
    expect(caused).toMatchObject({
      className: "builtins.ValueError",
      message: "('bad', 3)",
      args: ["bad", 3],
    });
    expect(caused.cause).toMatchObject({ className: "builtins.KeyError", args: ["no such key"] });
    expect(caused.cause!.traceback).toMatch(/in key_error$/);
  });

  it("reads that a worker was killed, and classes of the main module", () => {
    expect(read("killed")).toMatchObject({
      className: "distributed.scheduler.KilledWorker",
      message:
        "the task 't' was tried on 4 workers, and all of them died while they ran it; the last one was tcp://127.0.0.1:9",
    });
    expect(read("plain")).toMatchObject({ className: "__main__.Unknown", message: "('x', 1)" });
  });
});

describe("readFailure", () => {
  it.each<[string, unknown, RegExp]>([
    ["a text", "what was said", /^what was said$/],
    ["nothing", null, /^an unknown exception$/],
    ["bytes that are no pickle", Uint8Array.of(1, 2), /^an exception that cannot be read: a pickle/],
    ["a value of another family", Serialized.of("own", [Uint8Array.of(1)]), /cannot be read/],
    ["an error in writing it", Serialized.of("error", [Buffer.from("no way")]), /^no way$/],
    ["a number", bytesOf("80044b012e"), /^an unknown exception$/],
  ])("describes %s", (_, exception, text) => {
    expect(readFailure(exception, null).message).toMatch(text);
  });

  it("takes a traceback in words, and is not disturbed by a broken one", () => {
    expect(readFailure("x", "in words").traceback).toBe("in words");
    expect(readFailure("x", Uint8Array.of(9)).message).toMatch(/cannot be read/);
  });

  it("ends with exceptions that cause themselves", () => {
    const text = (value: string) =>
      `8c${value.length.toString(16).padStart(2, "0")}${Buffer.from(value).toString("hex")}`;
    // A list that contains the call whose cause is that list's only item cannot be written; a long chain can.
    const one = `${text("tblib.pickling_support")}${text("unpickle_exception")}93`;
    let chain = "4e";
    for (let depth = 0; depth < 1000; depth++) {
      chain = `${one}28${text("builtins")}${text("ValueError")}93${text("x")}85${chain}4e7452`;
    }
    let failure: ReturnType<typeof readFailure> | undefined = readFailure(bytesOf(`8004${chain}2e`), null);
    let depth = 0;
    for (; failure !== undefined; failure = failure.cause) depth++;
    expect(depth).toBeLessThan(30);
  });
});

describeDask.each(RELEASES)("a failure, seen by a Python client of %s", (release) => {
  it("is raised with its text and stack, and comes back with its bytes", async () => {
    const { exception } = writeFailure(
      { name: "RangeError", message: "no good: 5", stack: "  at f (x.ts:1)" },
      OPAQUE,
    );
    const frames = encodeMessage({ exception, traceback: null }).map((frame) =>
      Buffer.from(frame).toString("hex"),
    );
    const seen = await runPython<{
      name: string;
      text: string;
      repr: string;
      printed: string;
      frames: string[];
    }>(
      release,
      `
import traceback
from distributed.core import clean_exception, error_message
from distributed.protocol import dumps, loads
message = loads([bytes.fromhex(frame) for frame in json.loads(sys.argv[1])])
name, exception, _ = clean_exception(**message)
try:
    raise exception
except Exception as error:
    print(json.dumps({
        "name": name.__name__,
        "text": str(error),
        "repr": repr(error),
        "printed": traceback.format_exc(),
        "frames": [bytes(frame).hex() for frame in dumps(error_message(error))],
    }))
`,
      frames,
    );
    expect([seen.name, seen.text]).toEqual(["ValueError", "RangeError: no good: 5"]);
    expect(seen.repr).toBe("ValueError('RangeError: no good: 5')");
    expect(seen.printed).toMatch(/ValueError: RangeError: no good: 5\n {2}at f \(x\.ts:1\)\n$/);
    const message = decodeMessage(seen.frames.map(bytesOf)) as Map<string, unknown>;
    const back = readFailure(message.get("exception"), message.get("traceback"));
    expect([back.opaque, back.message]).toEqual([OPAQUE, "RangeError: no good: 5"]);
  });
});
