import { ByteWriter } from "../pickle/byte-writer.ts";
import { PyGlobal } from "../pickle/objects.ts";
import * as op from "../pickle/opcodes.ts";
import { PickleWriter } from "../pickle/writer.ts";
import { type Key, type KeyId, keyOf } from "./key.ts";
import type { Profile } from "./profile.ts";
import type { GraphTask, TaskAnnotations, TaskGraph } from "./task-graph.ts";

/** The name of the method that a Python worker would look for: it says what is wrong. */
export const TASK_MARKER = "this_is_a_TypeScript_task__it_needs_a_dispatch_graph_worker";

const TASK = new PyGlobal("dask._task_spec", "Task");
const TASK_REF = new PyGlobal("dask._task_spec", "TaskRef");
const METHODCALLER = new PyGlobal("operator", "methodcaller");
const RECONSTRUCT = new PyGlobal("dask._expr", "Expr._reconstruct");
const LOW_LEVEL = new PyGlobal("dask._expr", "LLGExpr");
const HIGH_LEVEL = new PyGlobal("dask._expr", "HLGExpr");
const GRAPH = new PyGlobal("dask.highlevelgraph", "HighLevelGraph");
const LAYER = new PyGlobal("dask.highlevelgraph", "MaterializedLayer");
const TO_PICKLE = new PyGlobal("distributed.protocol.serialize", "ToPickle");

/** Tasks by their annotations. */
export type Layers = ReadonlyMap<TaskAnnotations | undefined, readonly GraphTask[]>;

/** The names that Python has for annotations. */
export function pythonAnnotations(annotations: TaskAnnotations): Record<string, unknown> {
  const { workers, allowOtherWorkers, resources, retries, priority } = annotations;
  return { workers, allow_other_workers: allowOtherWorkers, resources, retries, priority };
}

/**
 * Writes a graph as its release reads it. What occurs twice, as most keys do, is written once.
 */
export class GraphPickle {
  readonly #out: PickleWriter;
  /** Places in the memo. */
  readonly #keys = new Map<KeyId, number>();
  readonly #references = new Map<KeyId, number>();
  readonly #payloads = new Map<Uint8Array, number>();
  #marker = -1;

  constructor(profile: Profile, graph: TaskGraph, layers: Layers) {
    this.#out = new PickleWriter(4, new ByteWriter(64 * 1024));
    if (profile.graph === "frames") this.#frames(layers);
    else if (layers.size <= 1) this.#lowLevel(graph, layers);
    else this.#highLevel(graph, layers);
  }

  finish(): Uint8Array {
    return this.#out.finish();
  }

  /** `ToPickle(HighLevelGraph(…))`. */
  #frames(layers: Layers): void {
    this.#out.global(TO_PICKLE);
    this.#layers(layers);
    this.#out.op(op.TUPLE1);
    this.#out.op(op.REDUCE);
  }

  /** `Expr._reconstruct(LLGExpr, {key: Task}, token, {})`. */
  #lowLevel(graph: TaskGraph, layers: Layers): void {
    const out = this.#out;
    out.global(RECONSTRUCT);
    out.op(op.MARK);
    out.global(LOW_LEVEL);
    this.#tasks(layers.values().next().value ?? []);
    this.#end(graph.token);
  }

  /** `Expr._reconstruct(HLGExpr, HighLevelGraph(…), None, outputs, None, None, token, {})`. */
  #highLevel(graph: TaskGraph, layers: Layers): void {
    const out = this.#out;
    out.global(RECONSTRUCT);
    out.op(op.MARK);
    out.global(HIGH_LEVEL);
    this.#layers(layers);
    out.none();
    out.op(op.EMPTY_LIST);
    out.op(op.MARK);
    for (const id of graph.outputs) this.#key(id);
    out.op(op.APPENDS);
    out.none();
    out.none();
    this.#end(graph.token);
  }

  #end(token: string): void {
    const out = this.#out;
    out.text(token);
    out.op(op.EMPTY_DICT);
    out.op(op.TUPLE);
    out.op(op.REDUCE);
  }

  /** `HighLevelGraph({name: layer}, {name: set()})`; a layer is a dict, or `MaterializedLayer(dict, annotations)`. */
  #layers(layers: Layers): void {
    const out = this.#out;
    const shared = layers.size <= 1;
    out.global(GRAPH);
    out.op(op.EMPTY_DICT);
    out.op(op.MARK);
    let count = 0;
    for (const [annotations, tasks] of layers) {
      out.text(`tasks-${count++}`);
      out.global(LAYER);
      this.#tasks(tasks);
      if (annotations === undefined || shared) out.none();
      else this.#annotations(annotations);
      out.op(op.TUPLE2);
      out.op(op.REDUCE);
    }
    out.op(op.SETITEMS);
    out.op(op.EMPTY_DICT);
    out.op(op.MARK);
    for (let layer = 0; layer < count; layer++) {
      out.text(`tasks-${layer}`);
      out.op(op.EMPTY_SET);
    }
    out.op(op.SETITEMS);
    out.op(op.TUPLE2);
    out.op(op.REDUCE);
  }

  #annotations(annotations: TaskAnnotations): void {
    const out = this.#out;
    out.op(op.EMPTY_DICT);
    out.op(op.MARK);
    for (const [name, value] of Object.entries(pythonAnnotations(annotations))) {
      if (value === undefined) continue;
      out.text(name);
      if (typeof value === "boolean") out.boolean(value);
      else if (typeof value === "number") out.number(value);
      else if (Array.isArray(value)) this.#texts(value);
      else this.#resources(value as Record<string, number>);
    }
    out.op(op.SETITEMS);
  }

  #texts(texts: readonly string[]): void {
    this.#out.op(op.EMPTY_LIST);
    this.#out.op(op.MARK);
    for (const text of texts) this.#out.text(text);
    this.#out.op(op.APPENDS);
  }

  #resources(resources: Record<string, number>): void {
    this.#out.op(op.EMPTY_DICT);
    this.#out.op(op.MARK);
    for (const [name, amount] of Object.entries(resources)) {
      this.#out.text(name);
      this.#out.number(amount);
    }
    this.#out.op(op.SETITEMS);
  }

  /** `{key: Task(…)}`. */
  #tasks(tasks: readonly GraphTask[]): void {
    const out = this.#out;
    out.op(op.EMPTY_DICT);
    out.op(op.MARK);
    for (const { key, payloads, dependencies } of tasks) {
      this.#key(key);
      out.global(TASK);
      out.op(op.MARK);
      this.#key(key);
      this.#callMarker();
      for (const payload of payloads) this.#payload(payload);
      for (const dependency of dependencies) this.#reference(dependency);
      out.op(op.TUPLE);
      out.op(op.REDUCE);
    }
    out.op(op.SETITEMS);
  }

  /** `methodcaller(TASK_MARKER)`, once. */
  #callMarker(): void {
    const out = this.#out;
    if (this.#marker >= 0) {
      out.get(this.#marker);
      return;
    }
    out.global(METHODCALLER);
    out.text(TASK_MARKER);
    out.op(op.TUPLE1);
    out.op(op.REDUCE);
    this.#marker = out.memoize();
  }

  #payload(payload: Uint8Array): void {
    const known = this.#payloads.get(payload);
    if (known !== undefined) {
      this.#out.get(known);
      return;
    }
    this.#out.bytes(payload);
    this.#payloads.set(payload, this.#out.memoize());
  }

  #reference(id: KeyId): void {
    const known = this.#references.get(id);
    if (known !== undefined) {
      this.#out.get(known);
      return;
    }
    this.#out.global(TASK_REF);
    this.#key(id);
    this.#out.op(op.TUPLE1);
    this.#out.op(op.REDUCE);
    this.#references.set(id, this.#out.memoize());
  }

  #key(id: KeyId): void {
    const known = this.#keys.get(id);
    if (known !== undefined) {
      this.#out.get(known);
      return;
    }
    this.#wireKey(keyOf(id));
    this.#keys.set(id, this.#out.memoize());
  }

  /** A tuple must be one: lists cannot be keys of a dict. */
  #wireKey(key: Key): void {
    const out = this.#out;
    if (typeof key === "string") out.text(key);
    else if (typeof key === "number") out.number(key);
    else if (typeof key === "bigint") out.bigint(key);
    else if (typeof key === "boolean") out.boolean(key);
    else if (key === null) out.none();
    else if (key instanceof Uint8Array) out.bytes(key);
    else {
      out.op(op.MARK);
      for (const item of key) this.#wireKey(item);
      out.op(op.TUPLE);
    }
  }
}
