import type { Description } from "../../describe.ts";
import { type Key, type KeyId, keyOf } from "../protocol/key.ts";
import type { WorkerReport } from "../protocol/worker-reports.ts";
import type { TaskNotes } from "../tasks/argument-bytes.ts";

/**
 * What a client is told of a task: its key, what has become of it, when (seconds since 1970), on which thread, the
 * bytes of its result, and a description of it if the client wants one.
 */
type TaskNews = readonly [
  key: Key,
  state: "processing" | "memory" | "erred",
  time: number,
  thread: number,
  bytes: number,
  description: Description | null,
];

/** What a topic is told at once. The scheduler adds `worker`, the address. */
interface TaskEvent {
  /** The worker's. */
  readonly name: string;
  readonly tasks: readonly TaskNews[];
}

/** News of so many milliseconds travel together. */
const INTERVAL = 5;

/**
 * The scheduler tells clients of the results they want, and not of what happens on the way there. Of tasks whose beginnings
 * and ends a client wants to hear of, the worker says them itself: as events of a topic that the client listens to.
 */
export class News {
  readonly #worker: string;
  readonly #send: (report: WorkerReport) => void;
  readonly #topics = new Map<string, TaskNews[]>();
  #timer: NodeJS.Timeout | undefined;

  /** @param worker its name */
  constructor(worker: string, send: (report: WorkerReport) => void) {
    this.#worker = worker;
    this.#send = send;
  }

  begun(key: KeyId, notes: TaskNotes, start: number, thread: number): void {
    this.#add(notes, [keyOf(key), "processing", start, thread, 0, null]);
  }

  /** @param bytes of the result */
  finished(
    key: KeyId,
    notes: TaskNotes,
    { stop, thread }: { readonly stop: number; readonly thread: number },
    bytes: number,
    description: Description | undefined,
  ): void {
    this.#add(notes, [keyOf(key), "memory", stop, thread, bytes, description ?? null]);
  }

  erred(
    key: KeyId,
    notes: TaskNotes,
    { stop, thread }: { readonly stop: number; readonly thread: number },
  ): void {
    this.#add(notes, [keyOf(key), "erred", stop, thread, 0, null]);
  }

  /** Says at once what there is to say. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [topic, tasks] of this.#topics) {
      const msg: TaskEvent = { name: this.#worker, tasks };
      this.#send({ op: "log-event", topic, msg });
    }
    this.#topics.clear();
  }

  #add({ topic, watched, described }: TaskNotes, news: TaskNews): void {
    if (topic === undefined || !(watched || (described && news[1] === "memory"))) return;
    const waiting = this.#topics.get(topic);
    if (waiting === undefined) this.#topics.set(topic, [news]);
    else waiting.push(news);
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL);
  }
}
