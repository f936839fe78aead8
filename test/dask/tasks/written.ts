import { DispatchGraph, type DispatchNode } from "dispatch-graph";
import { Library } from "../../../src/closure/library.ts";
import { type Cargo, TaskWriter, type Wishes } from "../../../src/dask/tasks/task-writer.ts";
import { type Lowered, lower } from "../../../src/graph/lower.ts";

export const lowered = (...nodes: readonly DispatchNode[]): Lowered =>
  lower(DispatchGraph.from(nodes), new Map());

let libraries = 0;

/** What a client has written of some nodes. */
export class Written {
  readonly ownLibrary: Library;
  readonly writer: TaskWriter;
  readonly graph: Lowered;
  readonly cargo: Cargo;

  constructor(nodes: readonly DispatchNode[], wishes?: Wishes) {
    this.ownLibrary = new Library(`client-${++libraries}`);
    this.writer = new TaskWriter(this.ownLibrary);
    this.graph = lowered(...nodes);
    this.cargo = this.writer.load(this.graph, wishes);
  }

  payloads(node: DispatchNode): [Uint8Array, Uint8Array] {
    const task = this.graph.taskOf(node);
    return [this.writer.functionBytes(this.cargo, task), this.writer.argumentBytes(this.cargo, task)];
  }

  /** The nodes that a node depends on, in the order of its arguments. */
  inputs(node: DispatchNode): DispatchNode[] {
    const { dependencies, dependencyStart, nodeOf } = this.graph;
    const task = this.graph.taskOf(node);
    return [...dependencies.subarray(dependencyStart[task]!, dependencyStart[task + 1]!)].map(nodeOf);
  }
}
