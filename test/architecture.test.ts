import { existsSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { descendants, ROOT, type SourceFile, sourceFiles } from "./support/source-files.ts";

const files = sourceFiles();

/** The module that a file belongs to: its folder, or itself if it lies at the top. */
const moduleOf = (name: string): string => (name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : name);

// ------------------------------------------------------------------ the dependency rule

interface Rule {
  /** What may be imported besides files of the same module. */
  readonly may: readonly string[];
  /** Modules of Node that may be imported; all of them if not given. */
  readonly builtins?: readonly string[];
  /** Packages that may be imported. */
  readonly packages?: readonly string[];
}

/**
 * Who may import whom, types included: from the bottom to the top. `util` is there for values as
 * text. Nobody imports `testing`.
 */
const RULES: Readonly<Record<string, Rule>> = {
  shown: { may: [], builtins: ["node:util"] },
  errors: { may: ["shown"], builtins: ["node:util"] },
  "int-list": { may: [], builtins: [] },
  context: { may: [], builtins: ["node:async_hooks"] },
  task: { may: ["errors"], builtins: [] },
  structure: { may: ["task", "shown"], builtins: [] },
  nodes: { may: ["structure", "task", "errors", "shown"], builtins: ["node:util", "node:fs", "node:path"] },
  graph: { may: ["nodes", "structure", "task", "errors", "int-list", "shown"], builtins: ["node:util"] },
  // The scheduler and the state of a worker: pure, see below.
  core: { may: ["int-list"], builtins: [] },
  "core/scheduler": { may: ["core", "int-list"], builtins: [] },
  "core/worker": { may: ["core"], builtins: [] },
  // Functions and values on their way; they know nothing of tasks that are sent.
  closure: { may: ["task", "errors", "shown"], packages: ["acorn"] },
  serialize: { may: ["closure", "errors", "shown"], builtins: ["node:util"] },
  size: { may: ["serialize"], builtins: [] },
  describe: { may: ["serialize", "shown"], builtins: [] },
  comm: { may: [] },
  "at-exit": { may: [], builtins: ["node:fs"] },
  // Values in files.
  store: { may: ["comm", "serialize", "closure", "errors", "at-exit"] },
  spawn: { may: ["comm", "errors", "shown", "at-exit"] },
  // What runs at a worker, and what its controller says to it.
  worker: {
    may: [
      ...["core/worker", "closure", "serialize", "store", "comm", "spawn"],
      ...["structure", "task", "context", "describe", "errors", "shown"],
    ],
    builtins: ["node:util", "node:fs", "node:path", "node:v8", "node:vm"],
  },
  // Results that later runs, and other processes, need not compute again.
  cache: {
    may: [
      ...["executors", "graph", "nodes", "store", "serialize", "closure", "structure", "task", "errors"],
      "shown",
    ],
  },
  executors: {
    may: [
      "cache",
      ...["core", "core/scheduler", "graph", "nodes", "executors/parallel", "worker", "spawn"],
      ...["serialize", "closure", "structure", "task", "errors", "context", "describe", "size", "shown"],
    ],
  },
  "executors/parallel": {
    may: [
      "cache",
      ...["executors", "worker", "spawn", "comm", "serialize", "closure", "store"],
      ...["core/scheduler", "graph", "nodes", "structure", "task", "describe", "errors", "size", "shown"],
    ],
    builtins: ["node:util"],
  },
  // The type of chunks, for functions that take them.
  op: { may: ["nodes", "task", "executors"], builtins: [] },
  combine: { may: ["op", "nodes", "graph", "task", "shown"], builtins: [] },
  run: { may: ["executors", "nodes"], builtins: [] },
  files: {
    may: ["executors", "nodes", "op", "store", "errors", "shown"],
    builtins: ["node:path", "node:url"],
  },
  index: {
    may: [
      ...[
        "cache",
        "combine",
        "context",
        "closure",
        "core/scheduler",
        "describe",
        "errors",
        "executors",
        "graph",
        "nodes",
      ],
      ...["files", "op", "run", "spawn", "task"],
    ],
    builtins: [],
  },
  // What a worker of a dask cluster does about each key: pure, see below.
  "dask/worker-state": { may: [], builtins: [] },
  // dask's wire protocol, without a wire.
  "dask/pickle": { may: ["errors"], builtins: [] },
  "dask/protocol": { may: ["dask/pickle", "serialize", "errors"], builtins: ["node:util", "node:zlib"] },
  // Tasks as bytes, and the threads that run them.
  "dask/tasks": {
    may: [
      ...["dask/protocol", "executors", "cache", "graph", "worker", "spawn", "comm", "serialize", "closure"],
      ...["structure", "task", "context", "describe", "errors", "shown"],
    ],
    builtins: ["node:crypto", "node:worker_threads"],
  },
  // Connections between schedulers, workers and clients.
  "dask/comm": { may: ["dask/protocol", "errors", "shown"], builtins: ["node:net", "node:os"] },
  "dask/client": {
    may: [
      ...["dask/comm", "dask/graph", "dask/protocol", "dask/tasks"],
      ...["combine", "op", "graph", "nodes", "closure", "task", "errors", "shown"],
    ],
    builtins: ["node:crypto", "node:timers/promises"],
  },
  // Graphs of nodes as a dask scheduler takes them.
  "dask/graph": { may: ["dask/protocol", "dask/tasks", "graph"], builtins: ["node:crypto"] },
  // Runs on a dask cluster.
  "dask/executor": {
    may: [
      ...["dask/client", "dask/graph", "dask/protocol", "dask/tasks"],
      ...["executors", "core/scheduler", "graph", "nodes", "closure", "task", "describe", "errors", "shown"],
    ],
    builtins: ["node:crypto"],
  },
  // A worker of a dask cluster.
  "dask/worker": {
    may: [
      ...["dask/comm", "dask/protocol", "dask/tasks", "dask/worker-state"],
      ...["store", "spawn", "worker", "cache", "describe", "errors", "shown"],
    ],
  },
  // A scheduler and workers on this machine.
  "dask/local-cluster": {
    may: [...["dask/comm", "dask/protocol", "dask/worker"], ...["spawn", "errors", "shown"]],
  },
  dask: {
    may: ["dask/client", "dask/executor", "dask/local-cluster", "dask/worker", "errors"],
    builtins: [],
  },
  // The command.
  cli: {
    may: [...["dask/comm", "dask/local-cluster", "dask/worker"], ...["errors", "shown"]],
    packages: ["commander"],
  },
  // What others can write as well: it sees the public names only.
  testing: { may: ["index", "testing/contract"] },
  "testing/contract": { may: ["index", "testing"] },
};

describe("the dependency rule", () => {
  it("has a line for every module, and no other lines", () => {
    expect(Object.keys(RULES).sort()).toEqual([...new Set(files.map(({ name }) => moduleOf(name)))].sort());
  });

  it.each(files.map((file): [string, SourceFile] => [file.name, file]))("is kept by %s", (name, file) => {
    const module = moduleOf(name);
    const rule = RULES[module];
    const wrong = file.imports.filter(({ target, local }) => {
      if (!local && !target.startsWith("node:")) return !rule?.packages?.includes(target);
      if (!local) return !(rule?.builtins?.includes(target) ?? true);
      return moduleOf(target) !== module && !rule?.may.includes(moduleOf(target));
    });
    expect(wrong.map(({ target }) => target)).toEqual([]);
  });

  it("leaves the node types to nodes, graph, op, files, run and index", () => {
    const types = /^nodes\/(?!node$|options$|result$)/;
    const wrong = files.filter(
      ({ name, imports }) =>
        !["nodes", "graph", "op", "files", "run", "index"].includes(moduleOf(name)) &&
        imports.some(({ target }) => types.test(target)),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("allows no cycles at run time", () => {
    expect(cycle(files)).toEqual([]);
  });
});

/** The names of files of which each imports the next at run time, and the last one the first. */
function cycle(all: readonly SourceFile[]): string[] {
  const known = new Map(all.map((file) => [file.name, file]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] => {
    if (path.includes(name)) return path.slice(path.indexOf(name));
    if (done.has(name)) return [];
    for (const { target, local, atRunTime } of known.get(name)?.imports ?? []) {
      const found = local && atRunTime ? visit(target, [...path, name]) : [];
      if (found.length > 0) return found;
    }
    done.add(name);
    return [];
  };
  return all.map(({ name }) => visit(name, [])).find((found) => found.length > 0) ?? [];
}

// ------------------------------------------------------------------ purity

/** Clock, chance, the outside world, and everything that happens later. */
const IMPURE = new Set([
  ...["Date", "performance", "Temporal", "crypto", "process", "console", "globalThis", "fetch"],
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"],
  ...["queueMicrotask", "Promise", "PromiseLike", "require", "WeakRef", "FinalizationRegistry", "Atomics"],
]);

function impurities({ syntax }: SourceFile): string[] {
  const found: string[] = [];
  for (const node of descendants(syntax)) {
    const impure =
      (ts.isIdentifier(node) && IMPURE.has(node.text) && !isOwnProperty(node)) ||
      (ts.isPropertyAccessExpression(node) && node.getText() === "Math.random") ||
      node.kind === ts.SyntaxKind.AsyncKeyword ||
      node.kind === ts.SyntaxKind.AwaitKeyword ||
      ts.isAwaitExpression(node);
    if (!impure) continue;
    const { line } = syntax.getLineAndCharacterOfPosition(node.getStart());
    found.push(`line ${line + 1}: ${node.getText()}`);
  }
  return found;
}

/** True of `x.process` and of `{ process: … }`, which are not the global. */
function isOwnProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node;
}

describe("the core", () => {
  const core = files.filter(({ name }) => /^(core|dask\/(worker-state|pickle|protocol))\//.test(name));

  it("is there", () => {
    expect(core.length).toBeGreaterThan(5);
  });

  it.each(core.map((file): [string, SourceFile] => [file.name, file]))(
    "has no clock, chance, promise or outside world in %s",
    (_, file) => {
      expect(impurities(file)).toEqual([]);
    },
  );

  it("would be found out", () => {
    const bad = `
      const a = Math.random() + Date.now() + performance.now();
      async function f(): Promise<void> { await a; for await (const x of y) console.log(x) }
      const fine = state.process + "Date" + processing;
    `;
    const syntax = ts.createSourceFile("bad.ts", bad, ts.ScriptTarget.Latest, true);
    expect(impurities({ name: "bad", lines: 4, imports: [], syntax })).toHaveLength(8);
  });
});

// ------------------------------------------------------------------ sizes and tests

const LONGEST = 400;
/** Longer, as one machine with one invariant is easier to read in one piece. */
const LONGER: Readonly<Record<string, number>> = {
  "core/scheduler/state": 450,
  "dask/executor/cluster-run": 500,
  "executors/run": 450,
  "executors/remote": 550,
};

/** Files without a test of the same path. */
const UNTESTED: Readonly<Record<string, string>> = {
  index: "names only, checked by public-api.test.ts",
  "testing/index": "names only, checked by public-api.test.ts",
  "dask/index": "names only, checked by public-api.test.ts",
  "closure/encoder": "types only",
  "closure/recipe": "types only",
  "comm/comm": "types only",
  "core/worker/messages": "types only",
  "dask/worker-state/messages": "types only",
  "spawn/spawn": "types only",
  "spawn/boot": "types and names only",
  "executors/figures": "types only",
  "executors/run-settings": "types only",
  "dask/worker/status": "types only",
  "worker/protocol": "types and numbers only",
  "dask/tasks/reports": "types only",
  "dask/tasks/thread-main": "puts the parts together; task-threads.test.ts starts it",
  "dask/tasks/task-runner": "runs in the threads of task-threads.test.ts",
  "dask/tasks/task-outcomes": "runs in the threads of task-threads.test.ts",
  "dask/tasks/thread-values": "runs in the threads of task-threads.test.ts",
  "dask/tasks/thread-link": "one side of the threads of task-threads.test.ts",
  "dask/tasks/report-reader": "one side of the threads of task-threads.test.ts",
  "dask/tasks/thread-failures": "tested with the threads that die in task-threads.test.ts",
  "dask/pickle/objects": "what descriptions are made of",
  "dask/pickle/opcodes": "numbers only",
  "dask/protocol/graph-pickle": "read by real schedulers in task-graph.test.ts",
  "dask/client/key-listener": "types only",
  "worker/main": "puts the parts together; all tests with real workers start it",
};

/** Folders of files without tests of their own. */
const UNTESTED_FOLDERS: Readonly<Record<string, string>> = {
  "testing/contract": "tests themselves, run by test/executors",
};

describe("every file", () => {
  it.each(files.map(({ name, lines }): [string, number] => [name, lines]))("%s is short", (name, lines) => {
    expect(lines).toBeLessThanOrEqual(LONGER[name] ?? LONGEST);
  });

  const hasTest = (name: string): boolean => existsSync(join(ROOT, "test", `${name}.test.ts`));

  it("has a test of the same path", () => {
    const untested = files
      .map(({ name }) => name)
      .filter((name) => !hasTest(name) && !(name in UNTESTED) && !(moduleOf(name) in UNTESTED_FOLDERS));
    expect(untested).toEqual([]);
  });

  it("is an exception only for as long as it must be", () => {
    const exceptions = Object.keys(UNTESTED);
    expect(exceptions.filter((name) => hasTest(name) || !files.some((file) => file.name === name))).toEqual(
      [],
    );
    expect(
      Object.keys(LONGER).filter((name) => !files.some((file) => file.name === name && file.lines > LONGEST)),
    ).toEqual([]);
  });
});
