import { SpillDirectory, sweep } from "../../store/spill-directory.ts";
import type { MemoryReport, Traffic, WorkerStart } from "../../worker/protocol.ts";
import type { ExecutorEvents } from "../events.ts";
import type { WorkerLink } from "./link.ts";

/** How much memory workers may use for values, and where they put what is too much. */
export interface MemorySettings {
  /** Bytes per worker; with `Infinity` nothing is put on disk. */
  readonly limit: number;
  /** The directory; the one for temporary files if not given. */
  readonly directory: string | undefined;
}

export interface WorkerMemoryParts extends MemorySettings {
  /** Publishes an event, which is made if anybody wants to hear of it. */
  readonly publish: <K extends "memory" | "spill">(name: K, event: () => ExecutorEvents[K]) => void;
  /** A worker has put values on disk, or uses too much memory in spite of that. */
  readonly onShortage: (link: WorkerLink) => void;
}

/** Share of a worker's limit that may be on its way there. */
const COMING = 1 / 4;

/** What workers say of their memory, and the directory that their files are in. */
export class WorkerMemory {
  readonly #parts: WorkerMemoryParts;
  #directory: SpillDirectory | undefined;
  /** What is under way. */
  readonly #removals: Promise<void>[] = [];
  #hasWarned = false;
  /** Bytes of all files that workers have written and read, since the beginning. */
  bytesWritten = 0;
  bytesReadBack = 0;

  constructor(parts: WorkerMemoryParts) {
    this.#parts = parts;
  }

  /** What a new worker is told. */
  startOf(index: number): Pick<WorkerStart, "memoryLimit" | "spillDirectory"> {
    const { limit, directory } = this.#parts;
    if (limit === Infinity) return { memoryLimit: limit, spillDirectory: undefined };
    if (this.#directory === undefined) {
      this.#directory = new SpillDirectory(directory);
      this.#removals.push(sweep(directory));
    }
    return { memoryLimit: limit, spillDirectory: this.#directory.of(index) };
  }

  reported(link: WorkerLink, report: MemoryReport): void {
    const { bytesHeld, bytesSpilled, isPressed, written, read, problem } = report;
    const wasPressed = link.isPressed;
    link.isPressed = isPressed;
    link.bytesSpilled = bytesSpilled;
    this.bytesWritten += written?.bytes ?? 0;
    this.bytesReadBack += read?.bytes ?? 0;
    if (written !== undefined) this.#spilled(link, "write", written);
    if (read !== undefined) this.#spilled(link, "read", read);
    if (problem !== undefined) this.#warn(link, problem);
    if (isPressed !== wasPressed) {
      this.#parts.publish("memory", () => ({
        worker: link.name,
        state: isPressed ? "paused" : "resumed",
        bytesHeld,
        bytesSpilled,
        limit: this.#parts.limit,
        at: performance.now(),
      }));
    }
    if (written !== undefined || isPressed) this.#parts.onShortage(link);
  }

  /** True while what a worker was sent ahead of time brings as many bytes along as there should be room for. */
  isLaden({ sent, concurrency, bytesComing }: WorkerLink): boolean {
    return bytesComing > this.#parts.limit * COMING && sent.size >= concurrency;
  }

  /** A worker has ended: its files are of no use. */
  lost({ index }: WorkerLink): void {
    // What cannot be removed now is with the rest.
    const removal = this.#directory?.removeWorker(index).catch(() => {});
    if (removal !== undefined) this.#removals.push(removal);
  }

  /** All workers have ended. */
  async remove(): Promise<void> {
    const directory = this.#directory;
    // Of the last workers the executor may hear later.
    this.#directory = undefined;
    await Promise.all(this.#removals);
    await directory?.remove();
  }

  #spilled(link: WorkerLink, kind: "write" | "read", { values, bytes, milliseconds, at }: Traffic): void {
    this.#parts.publish("spill", () => ({
      worker: link.name,
      kind,
      values,
      bytes,
      milliseconds,
      at: at - performance.timeOrigin,
    }));
  }

  /** Once: what one worker cannot do the others cannot do either, again and again. */
  #warn(link: WorkerLink, problem: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    process.emitWarning(`${link.name} keeps values in memory that are too much for it: ${problem}`, {
      type: "DispatchGraphWarning",
      code: "DISPATCH_GRAPH_CANNOT_SPILL",
    });
  }
}
