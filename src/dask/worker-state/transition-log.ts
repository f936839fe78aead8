const CAPACITY = 4096;

/** A change of a task's state. */
interface Transition {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** What caused it, in the words of whoever did. */
  readonly stimulusId: string;
}

/** The latest transitions, in a ring of fixed size: what a task went through when something turns out to be wrong. */
export class TransitionLog {
  readonly #ring: Transition[] = [];
  #recorded = 0;

  record(transition: Transition): void {
    this.#ring[this.#recorded++ % CAPACITY] = transition;
  }

  /** The remembered transitions of a key, oldest first: `waiting → ready (compute-task-1)`. */
  story(key: string): string[] {
    const oldest = this.#recorded % CAPACITY;
    const inOrder =
      this.#recorded < CAPACITY ? this.#ring : [...this.#ring.slice(oldest), ...this.#ring.slice(0, oldest)];
    return inOrder
      .filter((transition) => transition.key === key)
      .map(({ from, to, stimulusId }) => `${from} → ${to} (${stimulusId})`);
  }
}
