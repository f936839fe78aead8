import type { DispatchNode } from "../nodes/node.ts";
import { messageOf } from "../shown.ts";
import { Uncacheable } from "./recipe-key.ts";

/** Which file a node's value is that of, and in which state the file is. */
export interface FileIdentity {
  readonly path: string;
  /** Another text if the file has changed. */
  readonly version: string;
}

/** What nodes have that stand for files. */
interface FileNode {
  /** @throws Error of the system if there is no such file */
  fileIdentity(): FileIdentity;
}

/**
 * The file that a node stands for, if it does.
 * @throws Uncacheable if there is no such file
 */
export function fileIdentityOf(node: DispatchNode): FileIdentity | undefined {
  if (!("fileIdentity" in node) || typeof node.fileIdentity !== "function") return undefined;
  try {
    return (node as DispatchNode & FileNode).fileIdentity();
  } catch (error) {
    throw new Uncacheable(messageOf(error as Error));
  }
}
