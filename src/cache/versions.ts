import { type DispatchNode, NODE_FIELDS } from "../nodes/node.ts";
import { type FileIdentity, fileIdentityOf } from "./file-identity.ts";

import type { Upstream } from "./upstream.ts";

/** What a node says, as far as it can be compared with what it says another time. */
interface Snapshot {
  /** Its own fields: the function is one of them. */
  readonly fields: readonly (readonly [name: string, value: unknown])[];
  /** Apart, as the array may be changed later. */
  readonly args: readonly unknown[];
  readonly meta: boolean;
  readonly file: FileIdentity | undefined;
  /** The versions of its dependencies. */
  readonly dependencies: readonly number[];
}

interface Known {
  readonly version: number;
  readonly snapshot: Snapshot;
  /** Why the version is not the one before. */
  readonly change: string;
}

/** The version of what has a given value in it. */
export const GIVEN = 0;
const NEW = "never computed before";

/**
 * Tells whether nodes still say what they said in an earlier run: a version is a number that a node,
 * together with all that it needs, keeps until a function or an argument is replaced by another one.
 * What is changed inside of an argument is not seen.
 */
export class Versions {
  readonly #known = new WeakMap<DispatchNode, Known>();
  #latest = GIVEN;

  /**
   * @param needed by number, 1 for the nodes whose versions are asked for, with all that they need
   * @param inputs nodes whose values are given
   * @returns by number
   */
  of(upstream: Upstream, needed: Uint8Array, inputs: ReadonlyMap<DispatchNode, unknown>): Float64Array {
    const { graph, order } = upstream;
    const versions = new Float64Array(graph.size);
    for (const number of order) {
      if (needed[number] === 0) continue;
      const node = graph.nodeAt(number);
      const numbers = upstream.dependenciesOf(number);
      const dependencies = Array.from(numbers, (dependency) => versions[dependency]!);
      if (inputs.has(node) || dependencies.includes(GIVEN)) continue;
      versions[number] = this.#versionOf(node, dependencies, (i) => graph.nodeAt(numbers[i]!).label);
    }
    return versions;
  }

  /** Why a node's version is not the one before. */
  changeOf(node: DispatchNode): string {
    return this.#known.get(node)?.change ?? NEW;
  }

  #versionOf(node: DispatchNode, dependencies: readonly number[], labelOf: (i: number) => string): number {
    const snapshot = snapshotOf(node, dependencies);
    const before = this.#known.get(node);
    const change = before === undefined ? NEW : changeBetween(before.snapshot, snapshot, labelOf);
    if (before !== undefined && change === undefined) return before.version;
    const version = ++this.#latest;
    this.#known.set(node, { version, snapshot, change: change! });
    return version;
  }
}

function snapshotOf(node: DispatchNode, dependencies: readonly number[]): Snapshot {
  const { args } = node as { readonly args?: unknown };
  return {
    fields: Object.entries(node).filter(([name]) => !NODE_FIELDS.has(name) && name !== "args"),
    args: Array.isArray(args) ? args.slice() : [args],
    meta: node.options?.meta === true,
    file: fileOf(node),
    dependencies,
  };
}

function fileOf(node: DispatchNode): FileIdentity | undefined {
  try {
    return fileIdentityOf(node);
  } catch {
    // There is no such file; the node itself says so when it runs.
    return { path: "", version: "" };
  }
}

function changeBetween(
  before: Snapshot,
  now: Snapshot,
  labelOf: (dependency: number) => string,
): string | undefined {
  const field = now.fields.find(([name, value], i) => {
    const [known, old] = before.fields[i] ?? [];
    return name !== known || !Object.is(value, old);
  });
  if (field !== undefined)
    return field[0] === "fn" ? "the function changed" : `its field ${field[0]} changed`;
  if (before.meta !== now.meta) return "its option meta changed";
  if (now.file?.version !== before.file?.version) return `file ${now.file?.path} changed`;
  const dependency = now.dependencies.findIndex((version, i) => version !== before.dependencies[i]);
  if (dependency >= 0) return `its dependency "${labelOf(dependency)}" changed`;
  if (before.args.length !== now.args.length || before.dependencies.length !== now.dependencies.length)
    return "the number of arguments changed";
  const argument = now.args.findIndex((arg, i) => !Object.is(arg, before.args[i]));
  return argument < 0 ? undefined : `argument ${argument + 1} changed`;
}
