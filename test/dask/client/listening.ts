import type { KeyListener } from "../../../src/dask/client/key-listener.ts";
import type { SchedulerClient } from "../../../src/dask/client/scheduler-client.ts";
import { type Handler, NO_REPLY } from "../../../src/dask/comm/server.ts";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { readValue, writeValue } from "../../../src/dask/protocol/values.ts";

/** Writes down what it hears. */
export class Listening implements KeyListener {
  readonly heard: string[] = [];

  inMemory(key: string): void {
    this.#hear(`inMemory ${key}`);
  }
  lost(key: string): void {
    this.#hear(`lost ${key}`);
  }
  erred(key: string): void {
    this.#hear(`erred ${key}`);
  }
  cancelled(key: string): void {
    this.#hear(`cancelled ${key}`);
  }
  retried(key: string): void {
    this.#hear(`retried ${key}`);
  }
  noWorkers(error: Error): void {
    this.#hear(error.name);
  }
  closed(reason: Error): void {
    this.#hear(reason.name);
  }

  readonly #awaited = new Map<string, () => void>();

  /** Resolves when it has heard this. */
  async hears(what: string): Promise<void> {
    if (this.heard.includes(what)) return;
    await new Promise<void>((resolve) => this.#awaited.set(what, resolve));
  }

  #hear(what: string): void {
    this.heard.push(what);
    this.#awaited.get(what)?.();
  }
}

export function serialized(value: unknown): Serialized {
  const written = writeValue(value);
  if (!(written instanceof Serialized)) throw new Error("this value has no form of Python's");
  return written;
}

/** The values of keys, as a plain object. */
export async function gathered(client: SchedulerClient, ...keys: string[]): Promise<Record<string, unknown>> {
  const values = await client.gather(keys);
  return Object.fromEntries([...values].map(([key, value]) => [key, readValue(value)]));
}

/** What a worker does about `get_data`: gives what `valuesOf` has, and hears that it has come. */
export function giving(
  valuesOf: (keys: readonly string[]) => ReadonlyMap<string, unknown> | "busy",
): Handler {
  return async ({ fields }, connection) => {
    const values = valuesOf(fields.keys("keys"));
    if (values === "busy") return { status: "busy" };
    await connection.write({
      status: "OK",
      data: new Map([...values].map(([key, value]) => [key, serialized(value)])),
    });
    await connection.read();
    return NO_REPLY;
  };
}
