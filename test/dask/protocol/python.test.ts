import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeMessage, encodeMessage, type Serialized } from "../../../src/dask/protocol/message.ts";
import { readValue, writeValue } from "../../../src/dask/protocol/values.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";
import { bytesOf } from "../golden/golden.ts";

/** Values that are the same again after Python has read and written them. */
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER),
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n }),
    fc.bigInt({ max: -(2n ** 53n) }),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.float64Array({ maxLength: 5 }),
    fc.float32Array({ maxLength: 5 }),
    fc.bigInt64Array({ maxLength: 5 }),
    fc.int16Array({ maxLength: 5 }),
    fc.constant(0).map(() => new Float64Array(2000).fill(0.5)),
    fc.constant(0).map(() => new Uint8Array(5000).fill(7)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.uniqueArray(fc.string({ unit: "grapheme" }), { maxLength: 1 }).map((items) => new Set(items)),
  ),
}));

/** Reads all values from a file, and writes them anew: whole, and element by element. */
const PYTHON = `
from distributed.protocol import dumps, loads
from distributed.protocol.serialize import Serialize, Serialized, serialize
result = []
for frames in json.load(open(sys.argv[1])):
    value = loads([bytes.fromhex(frame) for frame in frames])["v"]
    whole = Serialized(*serialize(value, iterate_collection=False))
    result.append([bytes(frame).hex() for frame in dumps([whole, Serialize(value)])])
print(json.dumps(result))
`;

/** The same of messages without values. */
const MESSAGES = `
from distributed.protocol import dumps, loads
print(json.dumps([[bytes(frame).hex() for frame in dumps(loads([bytes.fromhex(frame) for frame in frames]))]
                  for frames in json.load(open(sys.argv[1]))]))
`;

const SEED = Date.now() & 0x7fffffff;

describeDask.each(RELEASES)("Python %s", (release) => {
  /** Each message as its frames in hex. */
  async function throughPython(program: string, messages: readonly unknown[]): Promise<unknown[]> {
    const folder = mkdtempSync(join(tmpdir(), "dask-protocol-"));
    try {
      const file = join(folder, "messages.json");
      const frames = messages.map((message) =>
        encodeMessage(message).map((frame) => Buffer.from(frame).toString("hex")),
      );
      writeFileSync(file, JSON.stringify(frames));
      const answers = await runPython<string[][]>(release, program, file);
      return answers.map((answer) => decodeMessage(answer.map(bytesOf)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it("reads our values, and we read what it makes of them", async () => {
    const values = fc.sample(anyValue, { numRuns: 300, seed: SEED });
    const answers = await throughPython(
      PYTHON,
      values.map((value) => ({ v: writeValue(value)! })),
    );
    answers.forEach((answer, index) => {
      for (const written of answer as Serialized[]) {
        expect(readValue(written), `of seed ${SEED}`).toStrictEqual(values[index]);
      }
    });
  });

  it("reads our messages, and we read what it makes of them", async () => {
    const messages = fc.sample(
      fc.array(
        fc.oneof(
          fc.constantFrom(null, true, -0, 2 ** 32, 2 ** 33, -(2 ** 33)),
          fc.double(),
          fc.maxSafeInteger(),
          fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
          fc.string({ unit: "grapheme" }),
          fc.uint8Array(),
          fc.array(fc.nat(), { maxLength: 20 }),
          fc.uniqueArray(fc.string()).map((items) => new Set(items)),
          fc
            .array(
              fc.tuple(fc.oneof(fc.string({ unit: "grapheme" }), fc.tuple(fc.string(), fc.nat())), fc.nat()),
            )
            .map((entries) => new Map(entries.map(([key, value]) => [JSON.stringify(key), value]))),
        ),
      ),
      { numRuns: 300, seed: SEED },
    );
    expect(await throughPython(MESSAGES, messages), `of seed ${SEED}`).toEqual(messages);
  });
});
