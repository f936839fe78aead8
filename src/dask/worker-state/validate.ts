import {
  hasNotBegun,
  isRunning,
  isToBeComputed,
  type StateName,
  stateShown,
  type Task,
} from "./task-state.ts";
import type { Tasks } from "./tasks.ts";

/**
 * Checks every invariant of a worker's tasks against a fresh count. Slow; for tests, after each event.
 * @throws Error naming the key, what is wrong, and what it went through
 */
export function validate<Spec>(tasks: Tasks<Spec>, address: string): void {
  const { byKey, queue, gathers, executing, longRunning, missing } = tasks;
  const all = [...byKey.values()];
  for (const [key, task] of byKey) {
    const wrong = task.key === key ? faultOf(tasks, task, address) : `known as ${key}`;
    if (wrong === undefined) continue;
    const story = tasks.story(task.key).join(", ");
    throw new Error(`${task.key} is ${stateShown(task)}, and ${wrong} (story: ${story})`);
  }
  const inState = (...states: StateName[]): number =>
    all.filter(({ state }) => states.includes(state)).length;
  const sum = (numberOf: (task: Task<Spec>) => number): number =>
    all.reduce((total, task) => total + numberOf(task), 0);
  expect("queued to begin", [...queue.tasks()].length, inState("ready", "constrained"));
  expect("slots and long-running", executing.size + longRunning.size, all.filter(isUnderWayHere).length);
  expect("missing", missing.size, inState("missing"));
  expect(
    "bytes",
    tasks.nbytes,
    sum(({ value }) => value?.nbytes ?? 0),
  );
  expect(
    "places in queues of peers",
    gathers.sizes.queued,
    sum(({ state, holders }) => (state === "fetch" ? holders.size : 0)),
  );
  expect(
    "beliefs about peers",
    gathers.sizes.held,
    sum(({ holders }) => holders.size),
  );
  for (const [state, count] of tasks.counts) expect(`in state ${state}`, count, inState(state));
}

function expect(what: string, counted: number, there: number): void {
  if (counted !== there) throw new Error(`${what}: ${there}, counted as ${counted}`);
}

/** What executes, or does so for longer than a slot, wanted or not. */
function isUnderWayHere<Spec>({ state, previous }: Task<Spec>): boolean {
  const what = previous ?? state;
  return what === "executing" || what === "long-running";
}

/** What is wrong with a task. */
function faultOf<Spec>(tasks: Tasks<Spec>, task: Task<Spec>, address: string): string | undefined {
  const { state, previous } = task;
  const what = previous ?? state;
  const { gathers } = tasks;
  if ((previous !== undefined) !== (state === "cancelled" || state === "resumed")) return "it is neither";
  if (tasks.executing.has(task) !== (what === "executing")) return "its slot is wrong";
  if (tasks.longRunning.has(task) !== (what === "long-running")) return "its being long-running is wrong";
  if ((task.held !== undefined) !== isUnderWayHere(task)) return "its resources are wrong";
  if (tasks.queue.has(task) !== (state === "ready" || state === "constrained"))
    return "its place in the queue is wrong";
  if (tasks.missing.has(task) !== (state === "missing")) return "its being missing is wrong";
  if ((task.value !== undefined) !== (state === "memory")) return "its value is wrong";
  if ((state === "ready") !== (tasks.queue.has(task) && task.resources.size === 0))
    return "its resources do not fit";
  const asked = task.comingFrom === undefined ? undefined : gathers.askedOf(task.comingFrom);
  if ((asked !== undefined) !== (what === "flight")) return "its flight is wrong";
  if (asked !== undefined && !asked.tasks.includes(task)) return "its peer was not asked for it";
  return faultOfLinks(tasks, task) ?? faultOfHolders(tasks, task, address);
}

/** What is wrong between a task, its inputs and those that need it. */
function faultOfLinks<Spec>({ byKey }: Tasks<Spec>, task: Task<Spec>): string | undefined {
  const { state, dependencies, dependents } = task;
  if (dependencies.length > 0 && !isToBeComputed(task)) return "it has inputs";
  for (const input of dependencies) {
    if (byKey.get(input.key) !== input) return `its input ${input.key} is not known`;
    if (!input.dependents.has(task)) return `its input ${input.key} does not know it`;
  }
  for (const dependent of dependents) {
    if (!dependent.dependencies.includes(task)) return `${dependent.key} does not need it`;
  }
  if (task.waiters !== [...dependents].filter(hasNotBegun).length) return `${task.waiters} tasks wait for it`;
  if (state === "released" && (dependents.size === 0 || task.waiters > 0)) return "it is not settled";
  if (state === "missing" && task.waiters === 0) return "nobody waits for it";
  // Who waits for what is cancelled will want it when that is over.
  const awaited = dependencies.filter((input) => input.state !== "memory").length;
  if (state === "waiting" && (awaited === 0 || awaited !== task.awaited))
    return `awaits ${task.awaited} of ${awaited} inputs`;
  if ((state === "ready" || state === "constrained") && awaited > 0) return `${awaited} inputs are not here`;
  return undefined;
}

/** What is wrong with who is believed to have its value. */
function faultOfHolders<Spec>(
  { gathers }: Tasks<Spec>,
  task: Task<Spec>,
  address: string,
): string | undefined {
  const { state, holders } = task;
  if (holders.has(address)) return "it is said to be here";
  const hasNoUse = hasNotBegun(task) || isRunning(task) || state === "memory" || state === "error";
  if (holders.size > 0 && (hasNoUse || state === "missing")) return `${[...holders].join(", ")} have it`;
  if (holders.size === 0 && state === "fetch") return "nobody has it";
  for (const peer of holders) {
    if (!gathers.isHeldBy(peer, task)) return `${peer} is not known to have it`;
    if (gathers.isQueuedAt(peer, task) !== (state === "fetch")) return `its place at ${peer} is wrong`;
  }
  return undefined;
}
