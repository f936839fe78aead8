/**
 * A channel for messages between two threads or two processes. Messages arrive complete, once and
 * in the order in which they were sent, until one side closes or dies.
 */
export interface Comm {
  /**
   * Sends whatever structured clone takes; never blocks. Buffers in `transfer` are moved to
   * another thread instead of copied. To another process large buffers are written from where
   * they are: they must not be changed after `send`. A message that cannot be cloned throws
   * a `DataCloneError` (a `DOMException`) at once, one too large for the medium a `RangeError`;
   * nothing of it is sent, and the channel stays usable. After the end of the channel nothing happens.
   */
  send(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Takes the messages. Those that come before it is set wait for it. */
  onMessage: (message: unknown) => void;
  /**
   * Called once, when nothing arrives any more: after `close()` here or there without a reason,
   * with the reason after a failure. A medium that cannot tell (a port whose thread has died)
   * gives no reason.
   */
  onClose: (reason: Error | undefined) => void;
  /**
   * What has been sent leaves this thread now, even if it does not yield from here on. Without it
   * the messages of one turn may leave together at its end.
   */
  flush(): void;
  /** Ends the channel. What was sent before still arrives at the other side; nothing arrives here. */
  close(): void;
  /** Keeps the process (or thread) alive while the channel is open, as it is at first. */
  ref(): void;
  /** Lets the process (or thread) end although the channel is open. */
  unref(): void;
}
