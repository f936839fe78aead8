/** Hears the events of a topic: what was told, and when, in seconds since 1970. */
export type TopicListener = (event: unknown, time: number) => void;

/** What the scheduler tells this client of: it sends the events of topics that somebody here listens to. */
export class Topics {
  readonly #listeners = new Map<string, Set<TopicListener>>();
  readonly #tell: (op: "subscribe-topic" | "unsubscribe-topic", topic: string) => void;

  /** @param tell Tells the scheduler. */
  constructor(tell: (op: "subscribe-topic" | "unsubscribe-topic", topic: string) => void) {
    this.#tell = tell;
  }

  /** Returns a function that ends it. */
  subscribe(topic: string, listener: TopicListener): () => void {
    // The same function may listen twice.
    const own: TopicListener = (event, time) => listener(event, time);
    const listeners = this.#listeners.get(topic);
    if (listeners !== undefined) listeners.add(own);
    else {
      this.#listeners.set(topic, new Set([own]));
      this.#tell("subscribe-topic", topic);
    }
    return () => this.#leave(topic, own);
  }

  take(topic: string, event: unknown, time: number): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(event, time);
  }

  #leave(topic: string, listener: TopicListener): void {
    const listeners = this.#listeners.get(topic);
    if (!listeners?.delete(listener) || listeners.size > 0) return;
    this.#listeners.delete(topic);
    this.#tell("unsubscribe-topic", topic);
  }
}
