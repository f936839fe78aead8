/** Called for each transition, inside it: the observer must only take notes. */
export type TransitionObserver = (task: number, from: number, to: number, worker: number) => void;

const CAPACITY = 4096;

/**
 * The latest transitions of a state machine, in a ring of fixed size: what a task went through
 * when something turns out to be wrong, at the price of a few stores per transition.
 */
export class TransitionLog {
  readonly #stateNames: readonly string[];
  readonly #tasks = new Int32Array(CAPACITY);
  readonly #moves = new Uint16Array(CAPACITY);
  #recorded = 0;
  observer: TransitionObserver | undefined = undefined;

  constructor(stateNames: readonly string[]) {
    this.#stateNames = stateNames;
  }

  record(task: number, from: number, to: number, worker: number): void {
    const slot = this.#recorded++ & (CAPACITY - 1);
    this.#tasks[slot] = task;
    this.#moves[slot] = (from << 8) | to;
    if (this.observer !== undefined) this.observer(task, from, to, worker);
  }

  /** The remembered transitions of one task, oldest first: `waiting → queued`. */
  story(task: number): string[] {
    const story: string[] = [];
    for (let i = Math.max(0, this.#recorded - CAPACITY); i < this.#recorded; i++) {
      const slot = i & (CAPACITY - 1);
      if (this.#tasks[slot] !== task) continue;
      const move = this.#moves[slot]!;
      story.push(`${this.#stateNames[move >> 8]} → ${this.#stateNames[move & 255]}`);
    }
    return story;
  }
}
