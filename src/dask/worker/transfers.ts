/** What dask assumes of a network before anything is known of it, in bytes per second. */
const USUAL_BANDWIDTH = 100e6;
/** Smaller transfers say nothing of bandwidth. */
const TELLING = 1_000_000;
const WEIGHT = 0.05;

/** How many bytes go to other workers and come from them, for the scheduler and its pages. */
export class Transfers {
  #outgoing = 0;
  #outgoingTotal = 0;
  #outgoingBytes = 0;
  #receivedBytes = 0;
  #bandwidth = USUAL_BANDWIDTH;
  /** By worker: the sum of bandwidths, and of how many. */
  #byWorker = new Map<string, [number, number]>();

  /** How many requests of others are being answered. */
  get outgoing(): number {
    return this.#outgoing;
  }

  get outgoingTotal(): number {
    return this.#outgoingTotal;
  }

  get outgoingBytes(): number {
    return this.#outgoingBytes;
  }

  /** Bytes that have come from other workers since the start. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** A request of another worker is being answered, until `end`. */
  begin(): void {
    this.#outgoing++;
    this.#outgoingTotal++;
  }

  /** So many bytes more (or less) are on their way. */
  sending(bytes: number): void {
    this.#outgoingBytes += bytes;
  }

  end(): void {
    this.#outgoing--;
  }

  /** Values came from a peer. */
  received(peer: string, bytes: number, seconds: number): void {
    this.#receivedBytes += bytes;
    if (bytes < TELLING) return;
    const bandwidth = bytes / Math.max(seconds, 0.001);
    this.#bandwidth += WEIGHT * (bandwidth - this.#bandwidth);
    const [sum, count] = this.#byWorker.get(peer) ?? [0, 0];
    this.#byWorker.set(peer, [sum + bandwidth, count + 1]);
  }

  /** As heartbeats say it. */
  get bandwidth(): Readonly<Record<string, unknown>> {
    return { total: this.#bandwidth, workers: this.#byWorker, types: {} };
  }

  /** What `bandwidth` said of workers has arrived. */
  forgetWorkers(): void {
    this.#byWorker = new Map();
  }
}
