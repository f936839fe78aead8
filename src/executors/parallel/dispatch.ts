import type { SchedulerState } from "../../core/scheduler/state.ts";
import { MEMORY } from "../../core/scheduler/task-state.ts";
import { BROUGHT, COMPUTE, DESCRIBED, type Peer, WANTED, WATCHED } from "../../worker/protocol.ts";
import type { ControllerTasks } from "./controller-tasks.ts";
import type { Sent, WorkerLink } from "./link.ts";
import type { Cargo, Shipping } from "./shipping.ts";

/** What all orders of an executor are made with. */
export interface Dispatch {
  readonly core: SchedulerState;
  readonly shipping: Shipping;
  /** The values that this process holds itself. */
  readonly here: Pick<ControllerTasks, "index" | "isEmpty" | "get">;
  /** Takes note that so many bytes of intermediate results went from here to a worker. */
  readonly onPut: (bytes: number) => void;
  readonly peerOf: (index: number) => Peer;
}

/**
 * Adds an order to what goes to a worker; nothing of it if that throws.
 * @throws ClosureError for an argument that cannot travel
 */
export function addOrder(dispatch: Dispatch, link: WorkerLink, sent: Sent, cargo: Cargo): void {
  const { core, shipping, here } = dispatch;
  const { placed, task, ticket } = sent;
  const { table } = core;
  const { run, base } = placed;
  const { graph } = run;
  const number = task - base;
  const info = graph.info(number);
  const { queue } = link;
  // First what may throw.
  putInputs(dispatch, link, sent);
  const form = shipping.addArguments(graph, number, cargo, queue);
  const fn = cargo.functions[number];
  if (fn !== undefined) queue.useFunction(fn.number, fn.id, fn.isOwn ? undefined : fn.id);
  const label = shipping.labelNumber(info.label);
  queue.useLabel(label, info.label);
  const isWanted = run.wanted[number] !== 0 || run.isAwaited(number);
  const flags =
    (isWanted ? WANTED : 0) |
    (info.options?.timeout === undefined ? 0 : WATCHED) |
    (info.options?.getResult === true ? BROUGHT : 0) |
    (isWanted || cargo.described.has(number) ? DESCRIBED : 0);

  const start = table.dependencyStart[task]!;
  const end = table.dependencyStart[task + 1]!;
  const ordering = graph.orderOnly.get(number) ?? 0;
  // Where order alone matters, what is there already need not be.
  let waitsFor = 0;
  for (let e = end - ordering; e < end; e++) if (table.state[table.dependencies[e]!] !== MEMORY) waitsFor++;

  queue.add(COMPUTE);
  queue.add(task);
  queue.add(table.attempt[task]!);
  queue.add(ticket);
  queue.add(fn?.number ?? 0);
  queue.add(label);
  queue.add(run.id);
  queue.add(number);
  queue.add(flags);
  queue.add(form);
  queue.add(graph.args[number]?.length ?? 0);
  queue.add(end - start - ordering + waitsFor);
  queue.add(waitsFor);
  for (let e = start; e < end; e++) {
    const dependency = table.dependencies[e]!;
    const isHeld = table.state[dependency] === MEMORY;
    if (e >= end - ordering && isHeld) continue;
    queue.add(dependency);
    queue.add(table.attempt[dependency]!);
    // Nobody else will need it: neither a task nor the client.
    const isHere = isHeld && table.worker[dependency] === here.index;
    const isLast = core.usesOf(dependency) === 1 && e < end - ordering && !isHere;
    if (isLast && isHeld && table.worker[dependency] !== link.index) sent.isTaking = true;
    queue.add(isLast ? 1 : 0);
    if (isHeld) {
      addHolders(dispatch, link, dependency);
      sent.bytes += bytesComing(core, link, dependency);
    } else queue.add(0);
  }
  link.bytesComing += sent.bytes;
}

/** Bytes of an input that is to come from another worker. */
function bytesComing({ table, holders }: SchedulerState, { index }: WorkerLink, dependency: number): number {
  if (table.worker[dependency] === index || holders.others(dependency).includes(index)) return 0;
  return table.bytes[dependency]!;
}

/** Brings the worker those inputs that the controller has. */
function putInputs({ core, here, onPut }: Dispatch, link: WorkerLink, { task, placed }: Sent): void {
  if (here.isEmpty) return;
  const { dependencyStart, dependencies, attempt, bytes } = core.table;
  for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
    const dependency = dependencies[e]!;
    const holders = core.whoHas(dependency);
    if (!holders.includes(here.index) || holders.includes(link.index)) continue;
    const label = placed.run.graph.info(dependency - placed.base).label;
    link.queue.put(attempt[dependency]!, here.get(attempt[dependency]!), `the result of "${label}"`);
    core.addKeys(link.index, dependency, attempt[dependency]!);
    onPut(bytes[dependency]!);
  }
}

function addHolders({ core, here, peerOf }: Dispatch, link: WorkerLink, dependency: number): void {
  const { queue } = link;
  const first = core.table.worker[dependency]!;
  const others = core.holders.others(dependency);
  // What the controller has it has brought to the worker, which then is one of the others.
  const isHere = first === here.index;
  queue.add(others.length + (isHere ? 0 : 1));
  if (!isHere) addHolder(link, first, peerOf);
  for (const other of others) addHolder(link, other, peerOf);
}

function addHolder(link: WorkerLink, holder: number, peerOf: Dispatch["peerOf"]): void {
  link.queue.add(holder);
  if (holder !== link.index) link.queue.usePeer(holder, peerOf);
}
