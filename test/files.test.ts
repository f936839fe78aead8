import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import {
  AsyncExecutor,
  collect,
  compute,
  DependencyError,
  DispatchGraph,
  type Executor,
  fileRef,
  load,
  op,
  ParallelExecutor,
  ReleasedError,
  SequentialExecutor,
  save,
  taskContext,
  ValueFileError,
} from "dispatch-graph";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure } from "./support/parallel.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "files-"));
  path = join(directory, "value");
});
afterEach(() => rmSync(directory, { recursive: true }));

const KINDS: Record<string, () => Executor> = {
  async: () => new AsyncExecutor(),
  sequential: () => new SequentialExecutor(),
  threads: () => new ParallelExecutor({ workers: 2 }),
  processes: () => new ParallelExecutor({ workers: 2, kind: "processes" }),
  "no workers": () => new ParallelExecutor({ workers: 0 }),
};

const table = (rows: number) => ({
  names: Array.from({ length: rows }, (_, i) => `row ${i}`),
  values: Float64Array.from({ length: rows }, (_, i) => i / 3),
  when: new Date(1234),
  bytes: Buffer.from("abc"),
  index: new Map([["row 1", 1n]]),
});
const sum = ({ values }: { values: Float64Array }): number => values.reduce((a, b) => a + b, 0);

describe.each(Object.entries(KINDS))("with %s", (name, create) => {
  let executor: Executor;
  beforeEach(() => {
    executor = create();
  });
  afterEach(() => executor.close());
  const isRemote = name === "threads" || name === "processes";

  it("what is saved is loaded, also by another executor", async () => {
    const chunk = await executor.compute(op(table, 20_000));
    await save(chunk, path);
    expect(await executor.collect(load(path))).toEqual(table(20_000));
    const loaded = load<ReturnType<typeof table>>(path);
    expect(await collect(op(sum, loaded))).toBe(sum(table(20_000)));
    expect(readdirSync(directory)).toEqual(["value"]);
    chunk.release();
    expect(existsSync(path)).toBe(true);
  });

  it("a chunk is saved where it is", async () => {
    const chunk = await executor.compute(op(table, 20_000));
    const before = executor.stats().bytesThroughController;
    await save(chunk, path);
    expect(executor.stats()).toMatchObject({ bytesTransferred: 0, bytesThroughController: before });
    // It is still there.
    expect(await executor.collect(op(sum, chunk))).toBe(sum(table(20_000)));
  });

  it("a file is replaced only by a whole one", async () => {
    await save(await executor.compute(op(table, 3)), path);
    const bad = await executor.compute(op(() => ({ f: () => 1 })));
    const error = await failure(save(bad, path), ValueFileError, path, /cannot be written: .*functions/);
    expect(error.code).toBe("ERR_VALUE_FILE");
    expect(error.path).toBe(path);
    expect(await executor.collect(load(path))).toEqual(table(3));
    expect(readdirSync(directory)).toEqual(["value"]);
  });

  it("it is said where a file cannot be", async () => {
    const chunk = await executor.compute(op(table, 3));
    const missing = join(directory, "missing", "value");
    const error = await failure(save(chunk, missing), ValueFileError, missing, /ENOENT/);
    expect(error.cause).toMatchObject({ code: "ENOENT" });
  });

  it("a released chunk is not saved", async () => {
    const chunk = await executor.compute(op(table, 3));
    chunk.release();
    await failure(save(chunk, path), ReleasedError);
    expect(existsSync(path)).toBe(false);
  });

  it("a damaged file is found out", async () => {
    await save(await executor.compute(op(table, 10_000)), path);
    const bytes = readFileSync(path);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(path, bytes);
    const node = load(path);
    const error = await failure(executor.collect(op(sum, node as never)), DependencyError, "load value");
    expect(error.cause).toBeInstanceOf(ValueFileError);
    expect(error.cause.message).toMatch(`${path} is no file of a value, or damaged: its checksum is wrong`);
    rmSync(path);
    const gone = await failure(executor.collect(node), DependencyError, /ENOENT/);
    expect(gone.cause).toMatchObject({ path });
  });

  it("a file of one's own is read by who runs the node", async () => {
    writeFileSync(path, "1,2,3");
    const before = statSync(path).mtimeMs;
    const numbers = fileRef(relative(process.cwd(), path), {
      read: async (file) => {
        const { worker } = taskContext()!;
        const { readFileSync } = await import("node:fs");
        return { file, worker, numbers: readFileSync(file, "utf8").split(",").map(Number) };
      },
    });
    const found = await executor.collect(numbers);
    expect(found).toMatchObject({ file: path, numbers: [1, 2, 3] });
    expect(found.worker === "main").toBe(!isRemote);
    expect(statSync(path).mtimeMs).toBe(before);
  });

  it("a file of one's own stays, whatever becomes of what was read", async () => {
    writeFileSync(path, "text");
    const node = fileRef(path, { read: (file) => file.length });
    const chunk = await executor.compute(node);
    chunk.release();
    await executor.close();
    expect(readFileSync(path, "utf8")).toBe("text");
  });
});

describe("paths", () => {
  it("may be URLs, and are of the moment of the call", async () => {
    const chunk = await compute(op(() => 1));
    await save(chunk, pathToFileURL(path));
    const node = load(relative(process.cwd(), path));
    expect(node.path).toBe(path);
    expect(await collect(load(pathToFileURL(path)))).toBe(1);
    expect(await collect(fileRef(pathToFileURL(path), { read: (file) => readFile(file) }))).toEqual(
      readFileSync(path),
    );
  });

  it("name nodes and what is done", async () => {
    expect(load(path).label).toBe("load value");
    expect(fileRef(path, { read: (file) => file }).label).toBe("read value");
    expect(DispatchGraph.from(load(path)).toDot()).toContain("load value");
    await using executor = new AsyncExecutor();
    const labels = new Set<string>();
    executor.on("task", ({ label }) => labels.add(label));
    await save(await executor.compute(op(Math.sqrt, 4)), path);
    expect([...labels]).toContain("save sqrt");
  });

  it.each([[""], [undefined], [5], [new URL("https://example.org/")]])("cannot be %s", async (wrong) => {
    const chunk = await compute(op(() => 1));
    expect(() => load(wrong as string)).toThrow(TypeError);
    expect(() => fileRef(wrong as string, { read: basename })).toThrow(TypeError);
    await failure(save(chunk, wrong as string), TypeError);
  });

  it("are refused together with what cannot be used", async () => {
    await failure(save(5 as never, path), TypeError, /takes a chunk, got 5/);
    expect(() => fileRef(path, { read: 5 as never })).toThrow(/read must be a function/);
    expect(() => fileRef(path, undefined as never)).toThrow(TypeError);
  });
});
