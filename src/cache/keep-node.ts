import { DispatchNode } from "../nodes/node.ts";
import type { NodeOptions } from "../nodes/options.ts";
import type { Note } from "../store/value-file.ts";
import type { Call } from "../task.ts";
import { keepValue } from "./kept-value.ts";

/** Writes the result of another node into a file. It results in what went wrong, if something did. */
export class KeepNode extends DispatchNode<string | undefined> {
  readonly kept: DispatchNode;
  readonly #path: string;
  readonly #note: Note;

  constructor(kept: DispatchNode, path: string, note: Note, options: NodeOptions) {
    super({ ...options, label: `keep ${kept.label}` });
    this.kept = kept;
    this.#path = path;
    this.#note = note;
  }

  override dependencies(): readonly DispatchNode[] {
    return [this.kept];
  }

  /** @internal */
  override toTask(): Call {
    return { kind: "call", fn: keepValue, args: [this.kept, this.#path, this.#note] };
  }
}
