import type { SchedulerState } from "../../core/scheduler/state.ts";
import { isThenable } from "../../task.ts";
import type { Sent, WorkerLink } from "./link.ts";

/** What moving tasks from worker to worker needs of the executor. */
export interface MovingParts {
  readonly core: SchedulerState;
  readonly links: () => Iterable<WorkerLink>;
  /** There may be something new to give to workers. */
  readonly pump: () => void;
  readonly guarded: (body: () => void) => void;
}

/** Less work than this, in milliseconds, is not worth being moved to an idle worker. */
const WORTH_MOVING = 0.5;

/** Takes tasks back that were sent to workers and not begun. */
export class Moving {
  readonly #parts: MovingParts;

  constructor(parts: MovingParts) {
    this.#parts = parts;
  }

  /** Workers that could run more get what others have not begun. */
  balance(): void {
    const { core, links } = this.#parts;
    for (const idle of links()) {
      if (idle.sent.size >= idle.concurrency || idle.isLeaving || idle.isPressed) continue;
      if (core.queued > 0 && core.hasTaskFor(idle.index)) continue;
      // The busiest may have nothing that could run elsewhere.
      const busy = [...links()]
        .filter((link) => !link.isMoving && !link.keepsAll && link.sent.size > link.concurrency)
        .sort((one, other) => other.sent.size - one.sent.size);
      busy.some((link) => link.backlog > WORTH_MOVING && this.#move(link, idle));
    }
  }

  /**
   * Takes these back, as far as the worker has not begun them.
   * @param then gets their number
   */
  revoke(link: WorkerLink, some: readonly Sent[], then: (count: number) => void): void {
    const { core, pump, guarded } = this.#parts;
    const byTicket = new Map(some.map((one) => [one.ticket, one]));
    const revoked = (tickets: readonly number[]): void => {
      for (const ticket of tickets) {
        const one = byTicket.get(ticket)!;
        if (link.settle(one.attempt) !== undefined) core.taskReleased(link.index, one.task, one.attempt);
      }
      then(tickets.length);
      pump();
    };
    const answer = link.worker.claims.revoke([...byTicket.keys()]);
    if (isThenable(answer)) void answer.then((tickets) => guarded(() => revoked(tickets)));
    else revoked(answer);
  }

  /** @returns whether there is anything that can move */
  #move(from: WorkerLink, to: WorkerLink): boolean {
    const { claims } = from.worker;
    // The first ones it is running, or about to run.
    const open = [...from.sent.values()]
      .slice(from.concurrency)
      .filter((one) => !one.isCancelled && !one.isTaking && claims.isTaken(one.ticket) !== true);
    const moving = new Set(
      this.#parts.core.movable(
        open.map(({ task }) => task),
        to.index,
      ),
    );
    if (moving.size === 0) return false;
    from.isMoving = true;
    const some = open.filter(({ task }) => moving.has(task));
    this.revoke(from, some, (count) => {
      from.isMoving = false;
      // It may have died: then the next answer would be the same, at once, and nobody would ever hear of its end.
      from.keepsAll = count === 0;
    });
    return true;
  }
}
