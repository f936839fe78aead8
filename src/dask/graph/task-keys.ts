import { randomUUID } from "node:crypto";
import type { KeyId } from "../protocol/key.ts";

/** Longer labels are cut: keys travel with every message about their task. */
const LONGEST_LABEL = 40;

/**
 * Names of a run's tasks on the cluster: `label-0token-number`. The scheduler takes what is before the first part
 * that is no word for the kind of the task: it learns how long that takes, and its dashboard shows it in one colour.
 */
export class TaskKeys {
  /** Unique among the runs of all clients; begins with a digit, so that it is no word. */
  readonly #token: string;
  readonly #keys: (KeyId | undefined)[];
  readonly #aliases = new Map<KeyId, number[]>();
  /** How often a task has been given another key. */
  #renewals = 0;

  /** @param size how many tasks the run has */
  constructor(token: string, size: number) {
    this.#token = token;
    this.#keys = new Array(size);
  }

  /** The key of a task, if it has one by now. */
  of(task: number): KeyId | undefined {
    return this.#keys[task];
  }

  /** Gives a task its key; another one each time. */
  make(task: number, label: string): KeyId {
    const renewal = this.#keys[task] === undefined ? "" : `.${++this.#renewals}`;
    const key = `${kindOf(label)}-${this.#token}${renewal}-${task}`;
    this.#keys[task] = key;
    return key;
  }

  /** The result of a task is what another key, of this or of another run, stands for. */
  alias(task: number, key: KeyId): void {
    this.#keys[task] = key;
    this.#aliases.set(key, [...(this.#aliases.get(key) ?? []), task]);
  }

  /** The tasks that this key stands for. */
  tasksOf(key: KeyId): readonly number[] {
    const task = this.taskOf(key);
    if (this.#aliases.size === 0) return task < 0 ? [] : [task];
    return this.#aliases.get(key) ?? (task < 0 ? [] : [task]);
  }

  /** The task with this key at present, or -1; of aliases only the number in the key is known. */
  taskOf(key: KeyId): number {
    const task = Number(key.slice(key.lastIndexOf("-") + 1));
    return this.#keys[task] === key ? task : -1;
  }
}

/** A token for `TaskKeys`: unique in the world, and no word, as it begins with a digit. */
export function newToken(): string {
  return `0${randomUUID().replaceAll("-", "").slice(0, 15)}`;
}

/** The run's token in a key that `TaskKeys` has made, if it is one. */
export function tokenIn(key: KeyId): string | undefined {
  return /-(0\w+)(?:\.\d+)?-\d+$/.exec(key)?.[1];
}

function kindOf(label: string): string {
  const kind = label.slice(0, LONGEST_LABEL).replaceAll(/[^\p{L}\p{N}_ .]+/gu, "_");
  return /^\p{L}/u.test(kind) ? kind : `task_${kind}`;
}
