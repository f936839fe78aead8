import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  asError,
  CommError,
  DaskProtocolError,
  SchedulerUnreachableError,
  TimeoutError,
} from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { WorkerStartError } from "../../spawn/worker-start-error.ts";
import { connect } from "../comm/connect.ts";
import type { Connection } from "../comm/connection.ts";
import type { RpcPool } from "../comm/rpc-pool.ts";
import { within } from "../comm/within.ts";
import { fieldsOf } from "../protocol/messages.ts";
import { type Profile, profileOf } from "../protocol/profile.ts";

/** What is known of a scheduler before anybody registers there. */
export interface KnownScheduler {
  readonly profile: Profile;
  /** Its packages and their versions, for echoing: what workers report is shown to Python clients, and compared. */
  readonly packages: unknown;
}

/** Between two attempts to reach the scheduler, in milliseconds. */
const PAUSE = 200;

/**
 * Asks the scheduler who it is, again and again if nobody answers.
 * @param timeout milliseconds until that is given up
 * @throws SchedulerUnreachableError, DaskVersionError
 */
export async function knowScheduler(
  pool: RpcPool,
  scheduler: string,
  timeout: number,
  signal: AbortSignal,
): Promise<KnownScheduler> {
  const until = performance.now() + timeout;
  for (;;) {
    const left = Math.max(until - performance.now(), 1);
    try {
      const reply = await pool.call(scheduler, "versions", {}, { timeout: left, signal });
      const packages = fieldsOf("the reply to versions", reply).map("packages");
      const release = packages.get("distributed");
      if (typeof release !== "string") throw new DaskProtocolError("the scheduler does not say its release");
      return { profile: profileOf(release), packages };
    } catch (error) {
      if (!(error instanceof CommError || error instanceof TimeoutError)) throw error;
      if (performance.now() + PAUSE > until) {
        const reason = error instanceof TimeoutError ? "it does not answer" : messageOf(error);
        throw new SchedulerUnreachableError(
          `no dask scheduler at ${scheduler} within ${timeout} ms: ${reason}`,
          { cause: error },
        );
      }
      await delay(PAUSE, undefined, { signal });
    }
  }
}

/** What a worker says of itself when it joins. */
export interface Introduction {
  readonly address: string;
  readonly name: string;
  readonly threads: number;
  readonly resources: ReadonlyMap<string, number>;
  /** Bytes. */
  readonly memoryLimit: number | undefined;
  readonly localDirectory: string;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** A worker that has joined. */
export interface Registration {
  /** In stream mode from now on. */
  readonly connection: Connection;
  /** Unique. */
  readonly id: string;
  /** Seconds. */
  readonly heartbeatInterval: number;
}

/**
 * Joins the scheduler.
 * @param timeout bound on all of it, in milliseconds
 * @throws SchedulerUnreachableError; WorkerStartError if the scheduler refuses, for instance because the name is taken
 */
export async function register(
  scheduler: string,
  { packages }: KnownScheduler,
  worker: Introduction,
  timeout: number,
  signal: AbortSignal,
): Promise<Registration> {
  const id = `Worker-${randomUUID()}`;
  const now = Date.now() / 1000;
  let connection: Connection | undefined;
  try {
    connection = await connect(scheduler, { timeout, signal });
    await connection.write({
      op: "register-worker",
      reply: false,
      address: worker.address,
      status: "running",
      server_id: id,
      nthreads: worker.threads,
      name: worker.name,
      now,
      resources: worker.resources,
      memory_limit: worker.memoryLimit ?? null,
      metrics: worker.metrics,
      local_directory: worker.localDirectory,
      services: {},
      versions: versionsOf(packages),
      nanny: null,
      pid: process.pid,
      extra: {},
      stimulus_id: `worker-connect-${now}`,
    });
    const late = (milliseconds: number): Error =>
      new TimeoutError("the reply to register-worker", milliseconds);
    const reply = fieldsOf(
      "the reply to register-worker",
      await within(connection.read(), { timeout, signal }, late),
    );
    if (reply.string("status") !== "OK") {
      const reason = reply.has("message") ? reply.string("message") : "it does not say why";
      throw new WorkerStartError(
        `the scheduler at ${scheduler} does not take the worker ${worker.name} (${worker.address}): ${reason}`,
      );
    }
    return { connection, id, heartbeatInterval: reply.number("heartbeat-interval") };
  } catch (error) {
    connection?.abort();
    if (!(error instanceof CommError || error instanceof TimeoutError)) throw asError(error);
    throw new SchedulerUnreachableError(
      `the scheduler at ${scheduler} did not let the worker ${worker.name} join: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** As dask reports them; those of Python are the scheduler's, as workers are compared with it. */
export function versionsOf(packages: unknown): Readonly<Record<string, unknown>> {
  return {
    host: {
      python: `node ${process.versions.node}`,
      "python-bits": 64,
      OS: process.platform,
      "OS-release": process.release.name ?? "node",
      machine: process.arch,
      processor: process.arch,
      byteorder: "little",
      LC_ALL: process.env.LC_ALL ?? "None",
      LANG: process.env.LANG ?? "None",
    },
    packages,
  };
}
