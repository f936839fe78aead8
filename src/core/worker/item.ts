import type { Order } from "./messages.ts";

/** An order that waits for inputs. */
export const WAITING = 0;
/** An order whose inputs are all here. */
export const READY = 1;
/** An order whose function runs. */
export const EXECUTING = 2;
/** A value on its way here. */
export const FLYING = 3;
/** A value that is here. */
export const HERE = 4;
/** No longer known: nothing refers to it but queues that it has not been taken out of. */
export const GONE = 5;

/** Names of the states by number. */
export const ITEM_STATE_NAMES: readonly string[] = [
  "waiting",
  "ready",
  "executing",
  "flying",
  "here",
  "gone",
];

/** How a value comes here. */
interface Flight {
  readonly task: number;
  /** Who was asked. */
  readonly holder: number;
  /** Who else can be asked. */
  readonly others: readonly number[];
  readonly take: boolean;
}

/** What a worker knows of an attempt: an order for it that has not been reported, or its value. */
export interface Item<O extends Order> {
  readonly attempt: number;
  state: typeof WAITING | typeof READY | typeof EXECUTING | typeof FLYING | typeof HERE | typeof GONE;
  /** Until it is reported. */
  order: O | undefined;
  /** Place of the order in the order of arrival. */
  readonly arrival: number;
  /** How many values the order waits for. */
  missing: number;
  /** Orders that wait for the value. */
  waiters: Item<O>[] | undefined;
  /** While it is on its way. */
  flight: Flight | undefined;
}
