import { NoWorkerError } from "../../errors.ts";
import { keyText } from "../protocol/key.ts";
import type { ClientState } from "./client-state.ts";
import type { SchedulerRequests } from "./scheduler-requests.ts";
import { StrandedKeys } from "./stranded-keys.ts";
import type { Waits } from "./waits.ts";

/** The states of so many keys at most are asked for at once. */
const MOST = 1000;

/** Ends waiting for what cannot come, as there is no worker for it. */
export class WorkerWatch {
  readonly #scheduler: SchedulerRequests;
  readonly #state: ClientState;
  readonly #waits: Waits;
  readonly #timeout: number;
  readonly #stranded = new StrandedKeys();
  /** Since when results are wanted and there is no worker. */
  #deserted: number | undefined;

  /** @param timeout How long to wait for a worker, in milliseconds. */
  constructor(scheduler: SchedulerRequests, state: ClientState, waits: Waits, timeout: number) {
    this.#scheduler = scheduler;
    this.#state = state;
    this.#waits = waits;
    this.#timeout = timeout;
  }

  /** To be called every now and then. */
  async check(workers: number): Promise<void> {
    if (workers === 0 && this.#state.pending > 0) return this.#checkDeserted();
    this.#deserted = undefined;
    if (workers > 0) await this.#checkStranded();
  }

  #checkDeserted(): void {
    const now = performance.now();
    this.#deserted ??= now;
    if (now - this.#deserted < this.#timeout) return;
    this.#deserted = undefined;
    const error = new NoWorkerError(
      `results are waited for, but the scheduler at ${this.#scheduler.address} has had no worker for ${this.#timeout} ms`,
    );
    this.#waits.fail(error);
    this.#state.noWorkers(error);
  }

  /** There are workers, but maybe none that may run what is waited for. */
  async #checkStranded(): Promise<void> {
    const awaited = this.#waits.awaited(MOST);
    if (awaited.length === 0) return;
    const states = await this.#scheduler.taskStates(awaited);
    for (const key of this.#stranded.take(states, performance.now(), this.#timeout)) {
      const waited = `"${keyText(key)}" waits for a worker that may run it, and there was none for ${this.#timeout} ms`;
      this.#waits.fail(new NoWorkerError(`${waited}: see its options workers and resources`), key);
    }
  }
}
