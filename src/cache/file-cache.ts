import { resolve } from "node:path";
import type { ContentCache } from "../nodes/options.ts";
import { shown } from "../shown.ts";

/** Settings of a `fileCache`. */
export interface FileCacheOptions {
  /** How many bytes of files there may be; after a run those that were not used for the longest time are removed. Default 10 GiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 10 * 2 ** 30;

/**
 * A cache for the node option `cache` that outlives the process: results are kept in the files of a directory,
 * and found again by what they were computed from. Programs may share a directory, also at the same time.
 *
 * ```ts
 * const cache = fileCache("./cache");
 * const table = delayed(parse, { cache })("data.csv");
 * ```
 *
 * @param directory made when something is first kept, for this user only
 * @throws TypeError for settings of the wrong kind
 */
export function fileCache(directory: string, { maxBytes = MAX_BYTES }: FileCacheOptions = {}): ContentCache {
  if (typeof directory !== "string" || directory === "")
    throw new TypeError(`fileCache(directory): directory must be a path, got ${shown(directory)}`);
  if (typeof maxBytes !== "number" || !(maxBytes >= 0))
    throw new TypeError(`fileCache: maxBytes must be a number of bytes, got ${shown(maxBytes)}`);
  return Object.freeze({ directory: resolve(directory), maxBytes });
}
