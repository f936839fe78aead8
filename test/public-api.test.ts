import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as dask from "../src/dask/index.ts";
import { LocalClusterError } from "../src/dask/local-cluster/local-cluster-error.ts";
import * as errors from "../src/errors.ts";
import * as main from "../src/index.ts";
import { WorkerStartError } from "../src/spawn/worker-start-error.ts";
import * as testing from "../src/testing/index.ts";
import { ROOT, sourceFiles } from "./support/source-files.ts";

/** What can be imported, by subpath. A name that is taken away breaks somebody's program. */
const NAMES = {
  index: {
    values: [
      "AsyncExecutor",
      "Attempts",
      "Chunk",
      "ClosureError",
      "CollectNode",
      "DataNode",
      "DependencyError",
      "DispatchGraph",
      "DispatchNode",
      "DispatchResult",
      "DispatcherError",
      "Executor",
      "ExecutorError",
      "Explanation",
      "FileNode",
      "IndexNode",
      "Op",
      "ParallelExecutor",
      "ReleasedError",
      "SequentialExecutor",
      "ThrownValueError",
      "TimeoutError",
      "ValueFileError",
      "WorkerLostError",
      "WorkerStartError",
      "collect",
      "compute",
      "delayed",
      "delayedMap",
      "describe",
      "fileCache",
      "fileRef",
      "isNode",
      "load",
      "op",
      "remote",
      "run",
      "save",
      "taskContext",
      "treeReduce",
    ],
    types: [
      "AnyFunction",
      "AsyncExecutorOptions",
      "Backoff",
      "CacheEvent",
      "Clock",
      "ContentCache",
      "Description",
      "ElementNode",
      "ElementOf",
      "EntryOf",
      "ExecutorEvents",
      "ExecutorOptions",
      "ExecutorStats",
      "FileCacheOptions",
      "Judgement",
      "KeyOf",
      "Lease",
      "Lendable",
      "LendableArguments",
      "LendableListsOf",
      "Liftable",
      "LiftableArguments",
      "ListsOf",
      "MemoryEvent",
      "MetaResult",
      "NodeExplanation",
      "NodeOptions",
      "Nodes",
      "OpOf",
      "ParallelExecutorOptions",
      "Remote",
      "ResultOf",
      "ResultsOf",
      "RetryPredicate",
      "Run",
      "RunEvent",
      "RunOptions",
      "Runnable",
      "SpillEvent",
      "StateName",
      "TaskContext",
      "TaskEvent",
      "TaskGraph",
      "TaskInfo",
      "TupleElements",
      "WorkerInfo",
    ],
  },
  "dask/index": {
    values: [
      "CancelledError",
      "Client",
      "CommError",
      "DaskExecutor",
      "DaskProtocolError",
      "DaskVersionError",
      "LocalCluster",
      "LocalClusterError",
      "NoWorkerError",
      "RemoteError",
      "ScatteredNode",
      "SchedulerLostError",
      "SchedulerUnreachableError",
      "Worker",
    ],
    types: [
      "ClientOptions",
      "ClientStatus",
      "CloseReason",
      "ClusterWorker",
      "DaskConfig",
      "DaskExecutorOptions",
      "Gathered",
      "LocalClusterOptions",
      "SchedulerAddress",
      "SchedulerInfo",
      "WorkerInfo",
      "WorkerOptions",
      "WorkerStatus",
    ],
  },
  "testing/index": {
    values: ["ManualClock", "executorContract"],
    types: ["ContractException", "DeclareSuite", "DeclareTest", "ExecutorContract"],
  },
};

const MODULES: Record<keyof typeof NAMES, object> = {
  index: main,
  "dask/index": dask,
  "testing/index": testing,
};

/** The names that a file of re-exports lists, types and values apart. */
function listed(name: string): { values: string[]; types: string[] } {
  const { syntax } = sourceFiles().find((file) => file.name === name)!;
  const values: string[] = [];
  const types: string[] = [];
  for (const statement of syntax.statements) {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    if (clause === undefined || !ts.isNamedExports(clause)) {
      throw new Error(`src/${name}.ts has something else than named re-exports: ${statement.getText()}`);
    }
    const typeOnly = ts.isExportDeclaration(statement) && statement.isTypeOnly;
    for (const element of clause.elements) {
      (typeOnly || element.isTypeOnly ? types : values).push(element.name.text);
    }
  }
  return { values: values.sort(), types: types.sort() };
}

describe.each(Object.entries(NAMES))("%s", (name, expected) => {
  it("exports these names and no others", () => {
    expect(listed(name)).toEqual(expected);
  });

  it("has all its values at run time", () => {
    expect(Object.keys(MODULES[name as keyof typeof NAMES]).sort()).toEqual(expected.values);
  });
});

describe("package.json", () => {
  const { exports, dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

  it("has a subpath for each of these files", () => {
    expect(exports).toEqual({
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./dask": { types: "./dist/dask/index.d.ts", default: "./dist/dask/index.js" },
      "./testing": { types: "./dist/testing/index.d.ts", default: "./dist/testing/index.js" },
      "./package.json": "./package.json",
    });
  });

  it("needs nothing at run time but what reads the text of functions, and the arguments of the command", () => {
    expect(Object.keys(dependencies)).toEqual(["acorn", "commander"]);
  });
});

describe("errors", () => {
  const failure = errors.failureOf("a", 1, new Error("broken"));
  // One of each, made as the library makes them.
  const instances: Record<string, Error> = {
    CancelledError: new errors.CancelledError("a"),
    ClosureError: new errors.ClosureError("a", ["captures `b`"], "it is c"),
    CommError: new errors.CommError("tcp://127.0.0.1:1", "a"),
    DaskProtocolError: new errors.DaskProtocolError("a"),
    DaskVersionError: new errors.DaskVersionError("a"),
    NoWorkerError: new errors.NoWorkerError("a"),
    RemoteError: new errors.RemoteError("a", "builtins.ValueError", ""),
    SchedulerLostError: new errors.SchedulerLostError("a"),
    SchedulerUnreachableError: new errors.SchedulerUnreachableError("a"),
    DispatcherError: new errors.DispatcherError("a"),
    DependencyError: new errors.DependencyError(failure),
    ExecutorError: new errors.ExecutorError("a"),
    ReleasedError: new errors.ReleasedError("a"),
    ThrownValueError: new errors.ThrownValueError("a"),
    ValueFileError: new errors.ValueFileError("a", "cannot be read", new Error("b")),
    TimeoutError: new errors.TimeoutError("a", 1),
    WorkerLostError: new errors.WorkerLostError("a"),
    // Of the folder that throws it.
    WorkerStartError: new WorkerStartError("a"),
    LocalClusterError: new LocalClusterError("a"),
  };
  const classes = [...Object.keys(errors), "WorkerStartError", "LocalClusterError"].filter((name) =>
    /^[A-Z].*Error$/.test(name),
  );

  it("are all public, and all looked at here", () => {
    expect(Object.keys(instances).sort()).toEqual(classes.sort());
    expect([...NAMES.index.values, ...NAMES["dask/index"].values]).toEqual(expect.arrayContaining(classes));
  });

  it("have codes, each its own", () => {
    const codes = Object.values(instances).map((error) => (error as { code?: unknown }).code);
    for (const code of codes) expect(code).toMatch(/^ERR_[A-Z_]+$/);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it("have the codes and the family that the tree at the top of the file shows", () => {
    const tree = readFileSync(join(ROOT, "src/errors.ts"), "utf8");
    for (const [name, error] of Object.entries(instances)) {
      expect(error).toBeInstanceOf(main.DispatcherError);
      expect(error.name).toBe(name);
      expect(tree).toMatch(new RegExp(`─ ${name} +${(error as main.DispatcherError).code} `));
    }
  });
});
