import { CommError } from "../../errors.ts";
import { parseAddress } from "../comm/address.ts";
import type { Connection } from "../comm/connection.ts";
import type { Handler } from "../comm/server.ts";
import { NO_REPLY } from "../comm/server.ts";
import { within } from "../comm/within.ts";
import { type KeyId, keyOf } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import type { Request } from "../protocol/messages.ts";
import type { HostEvent, ValueInfo } from "../worker-state/messages.ts";
import type { Cells } from "./cells.ts";
import type { Log } from "./log.ts";
import type { Transfers } from "./transfers.ts";
import { infoOf } from "./value-info.ts";

/** So many requests for values are answered at once; of this machine twice as many, and one while the worker is paused. */
const MOST_OUTGOING = 50;
/** How long who has asked for values may need to take them, in milliseconds; and how many bytes for each more. */
const PATIENCE = 30_000;
const SLOWEST = 1000;

export interface HandlersOptions {
  /** This worker's. */
  readonly address: string;
  readonly cells: Cells;
  readonly transfers: Transfers;
  readonly log: Log;
  readonly isPaused: () => boolean;
  /** Takes what the state machine must hear. */
  readonly tell: (event: HostEvent & { readonly op: "update-data" | "value-lost" }) => void;
  readonly free: (keys: readonly KeyId[], stimulusId: string) => void;
  /** Gets values from other workers. @returns keys that could not be had */
  readonly gather: (whoHas: ReadonlyMap<KeyId, readonly string[]>) => Promise<readonly KeyId[]>;
  readonly identity: () => unknown;
  readonly versions: () => unknown;
  readonly monitor: () => unknown;
  /** What a key went through, as far as remembered. */
  readonly story: (key: KeyId) => readonly string[];
  /** All that can be said of the worker's state. */
  readonly dump: () => unknown;
  /** Begins to end this worker. */
  readonly terminate: () => void;
}

/** What other programs may ask of a worker: dask's requests, as far as they make sense without Python. */
export function handlersOf(options: HandlersOptions): ReadonlyMap<string, Handler> {
  const { cells } = options;
  const nothing = (): unknown => ({ status: "OK" });
  const refused = ({ op }: Request): never => {
    throw new Error(`a TypeScript worker runs no Python, so it cannot do "${op}"`);
  };
  return new Map<string, Handler>([
    ["get_data", (request, connection) => getData(request, connection, options)],
    ["update_data", (request) => updateData(request, options)],
    ["gather", (request) => gather(request, options)],
    ["free_keys", (request) => freeKeys(request, options)],
    ["keys", () => cells.keys().map(keyOf)],
    ["ping", () => new Uint8Array(Buffer.from("pong"))],
    ["identity", options.identity],
    ["versions", options.versions],
    ["echo", ({ fields }) => fields.get("data") ?? null],
    ["get_logs", (request) => logs(request, options.log)],
    ["get_monitor_info", options.monitor],
    [
      "terminate",
      () => {
        // Not before the reply.
        setImmediate(options.terminate);
        return "OK";
      },
    ],
    // Code in Python that the scheduler hands to all workers.
    ["plugin-add", nothing],
    ["plugin-remove", nothing],
    [
      "upload_file",
      ({ fields }) => {
        const data = fields.get("data");
        return { status: "OK", nbytes: data instanceof Uint8Array ? data.byteLength : 0 };
      },
    ],
    ["profile", () => emptyProfile()],
    ["profile_metadata", () => ({ counts: [], keys: [] })],
    ["call_stack", () => ({})],
    ["get_story", ({ fields }) => fields.keys("keys_or_stimuli").flatMap((key) => rowsOf(key, options))],
    ["dump_state", options.dump],
    ...["run", "run_coroutine", "benchmark_disk", "benchmark_memory", "benchmark_network"].map(
      (op): [string, Handler] => [op, refused],
    ),
    ["actor_execute", refused],
    ["actor_attribute", refused],
  ]);
}

/** Two steps: the other side says when it has the values. */
async function getData(
  { fields }: Request,
  connection: Connection,
  { address, cells, transfers, isPaused, tell, log }: HandlersOptions,
): Promise<unknown> {
  const keys = new Set(fields.keys("keys"));
  const isHere = parseAddress(connection.peer).host === parseAddress(address).host;
  const most = isPaused() ? 1 : MOST_OUTGOING * (isHere ? 2 : 1);
  if (transfers.outgoing >= most) return { status: "busy" };
  const held = new Map([...keys].map((key) => [key, cells.hold(key)]));
  transfers.begin();
  let bytes = 0;
  try {
    const data = new Map<unknown, Serialized>();
    for (const [key, cell] of held) {
      if (cell === undefined) continue;
      try {
        data.set(keyOf(key), await cells.valueOf(cell));
        bytes += cell.bytes;
      } catch (error) {
        // Whoever asked looks for it elsewhere.
        if (!cells.has(key)) continue;
        log.warn(`a result on disk cannot be read: ${(error as Error).message}`);
        tell({ op: "value-lost", key });
      }
    }
    transfers.sending(bytes);
    const given = connection.write({ status: "OK", data }).then(() => connection.read());
    // Whoever stops in the middle would keep the others waiting, and the values in memory.
    const timeout = PATIENCE + bytes / SLOWEST;
    const late = (): Error =>
      new CommError(connection.peer, `${connection.peer} does not take what it has asked for`);
    await within(given, { timeout }, late, (error) => connection.abort(error.message));
  } finally {
    transfers.sending(-bytes);
    transfers.end();
    for (const cell of held.values()) if (cell !== undefined) cells.release(cell);
  }
  return NO_REPLY;
}

function updateData({ fields }: Request, { cells, tell }: HandlersOptions): unknown {
  const values = new Map<KeyId, ValueInfo>();
  const nbytes = new Map<unknown, number>();
  for (const [key, value] of fields.data("data")) {
    cells.put(key, value);
    const info = infoOf(value);
    values.set(key, info);
    nbytes.set(keyOf(key), info.nbytes);
  }
  tell({ op: "update-data", values });
  return { status: "OK", nbytes };
}

async function gather({ fields }: Request, options: HandlersOptions): Promise<unknown> {
  const missing = await options.gather(fields.whoHas("who_has"));
  return missing.length === 0 ? { status: "OK" } : { status: "partial-fail", keys: missing.map(keyOf) };
}

function freeKeys({ fields }: Request, options: HandlersOptions): undefined {
  options.free(fields.keys("keys"), fields.string("stimulus_id"));
  return undefined;
}

function logs({ fields }: Request, log: Log): unknown {
  const count = fields.get("n");
  const withTimes = fields.get("timestamps") === true;
  return log
    .latest(typeof count === "number" ? count : undefined)
    .map(({ time, level, line }) => (withTimes ? [time, level, line] : [level, line]));
}

function rowsOf(key: KeyId, { story }: HandlersOptions): unknown[] {
  return story(key).map((row) => [keyOf(key), row]);
}

function emptyProfile(): unknown {
  const description = { filename: "", name: "", line_number: 0, line: "" };
  return { count: 0, children: {}, identifier: "root", description };
}
