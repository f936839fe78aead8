/**
 * Asks the other side regularly for a sign of life, one question at a time.
 *
 * Times are counted in questions that were due, so that a thread that was busy itself for long does not take
 * its own silence for the other's.
 */
export class Liveness {
  readonly #timer: NodeJS.Timeout;
  #asking = false;
  /** So many questions in a row were due without an answer. */
  #missed = 0;

  /**
   * @param ask Resolves when the other side has answered.
   * @param interval Between questions, in milliseconds.
   * @param silence Longest time without an answer, in milliseconds; then `onSilent` is called, once.
   */
  constructor(ask: () => Promise<void>, interval: number, silence: number, onSilent: () => void) {
    const due = (): void => {
      this.#missed += 1;
      if ((this.#missed - 1) * interval >= silence) {
        this.stop();
        onSilent();
      } else if (!this.#asking) {
        this.#asking = true;
        const asked = (): void => {
          this.#asking = false;
        };
        const answered = (): void => {
          this.#missed = 0;
        };
        // Whoever does not answer is asked again; that is all.
        ask()
          .then(answered, () => {})
          .finally(asked);
      }
    };
    this.#timer = setInterval(due, interval).unref();
    due();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
