import type { Instruction, SchedulerMessage, StartStop, ValueInfo } from "./messages.ts";

/** A message but for what caused it; of each kind separately. */
type Unsigned<M = SchedulerMessage> = M extends unknown ? Omit<M, "stimulus_id"> : never;

/** What the host is to do because of one event. */
export class Outbox<Spec> {
  #instructions: Instruction<Spec>[] = [];
  #stimulusId = "";

  /** What caused all this, in the words of whoever did. */
  get stimulusId(): string {
    return this.#stimulusId;
  }

  /** Another event begins. Gives where its instructions will be. */
  open(stimulusId: string): readonly Instruction<Spec>[] {
    this.#stimulusId = stimulusId;
    this.#instructions = [];
    return this.#instructions;
  }

  push(instruction: Instruction<Spec>): void {
    this.#instructions.push(instruction);
  }

  send(message: Unsigned): void {
    const stimulus_id = this.#stimulusId;
    this.push({ op: "send", message: { ...message, stimulus_id } as SchedulerMessage });
  }

  sendFinished(
    key: string,
    run_id: number,
    { nbytes, type, typename }: ValueInfo,
    startstops: readonly StartStop[] = [],
    thread: number | null = null,
  ): void {
    const what = { nbytes, type, typename, metadata: {}, thread, startstops };
    this.send({ op: "task-finished", status: "OK", key, run_id, ...what });
  }
}
