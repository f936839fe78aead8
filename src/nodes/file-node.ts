import { statSync } from "node:fs";
import { basename } from "node:path";
import type { AnyFunction } from "../task.ts";
import { Op } from "./op-node.ts";

/** What is read from a file. Made by `load` and `fileRef`. */
export class FileNode<out T = unknown> extends Op<T> {
  /** Absolute. */
  readonly path: string;

  /** @internal */
  constructor(verb: string, read: AnyFunction, path: string) {
    super(read, [path], { label: `${verb} ${basename(path)}` });
    this.path = path;
  }

  override get typeName(): string {
    return "FileNode";
  }

  /**
   * The file and its state at this moment, of which caches make keys.
   * @throws Error of the system if there is no such file
   * @internal
   */
  fileIdentity(): { readonly path: string; readonly version: string } {
    const { size, mtimeNs } = statSync(this.path, { bigint: true });
    return { path: this.path, version: `${size} bytes, ${mtimeNs}` };
  }

  override toString(): string {
    return `FileNode(${JSON.stringify(this.path)})`;
  }
}
