import type { Description } from "../../describe.ts";
import type { KeyId } from "../protocol/key.ts";
import { keyId } from "../protocol/key.ts";

/** What a worker says of a task that its client wants to hear of. */
export interface TaskNews {
  readonly key: KeyId;
  readonly state: "processing" | "memory" | "erred";
  /** Name of the worker. */
  readonly worker: string;
  /** Bytes of the result, if there is one. */
  readonly bytes: number;
  /** What is known of the result. */
  readonly description: Description | undefined;
}

const STATES: readonly unknown[] = ["processing", "memory", "erred"];

/** Reads an event of the client's topic; what is no news is left out, since others may write there too. */
export function readNews(event: unknown): TaskNews[] {
  if (!(event instanceof Map)) return [];
  const worker: unknown = event.get("name");
  const tasks: unknown = event.get("tasks");
  if (typeof worker !== "string" || !Array.isArray(tasks)) return [];
  return tasks.flatMap((entry: unknown) => {
    if (!Array.isArray(entry)) return [];
    const [key, state, , , bytes, description] = entry as unknown[];
    if (typeof key !== "string" || !STATES.includes(state)) return [];
    return [
      {
        key: keyId(key),
        state: state as TaskNews["state"],
        worker,
        bytes: typeof bytes === "number" ? bytes : 0,
        description: readDescription(description, bytes),
      },
    ];
  });
}

function readDescription(given: unknown, bytes: unknown): Description | undefined {
  if (!(given instanceof Map) || typeof bytes !== "number") return undefined;
  const type: unknown = given.get("type");
  const length: unknown = given.get("length");
  const dtype: unknown = given.get("dtype");
  const shape: unknown = given.get("shape");
  return {
    type: typeof type === "string" ? type : "unknown",
    bytes,
    ...(typeof length === "number" ? { length } : undefined),
    ...(typeof dtype === "string" ? { dtype } : undefined),
    ...(Array.isArray(shape) && shape.every((one) => typeof one === "number")
      ? { shape: shape as number[] }
      : undefined),
  };
}
