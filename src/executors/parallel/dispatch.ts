import type { SchedulerState } from "../../core/scheduler/state.ts";
import { MEMORY } from "../../core/scheduler/task-state.ts";
import { COMPUTE, type Peer, WANTED, WATCHED } from "../../worker/protocol.ts";
import type { Sent, WorkerLink } from "./link.ts";
import type { Cargo, Shipping } from "./shipping.ts";

/** What all orders of an executor are made with. */
export interface Dispatch {
  readonly core: SchedulerState;
  readonly shipping: Shipping;
  readonly peerOf: (index: number) => Peer;
}

/**
 * Adds an order to what goes to a worker; nothing of it if that throws.
 * @throws ClosureError for an argument that cannot travel
 */
export function addOrder(dispatch: Dispatch, link: WorkerLink, sent: Sent, cargo: Cargo): void {
  const { core, shipping } = dispatch;
  const { placed, task, ticket } = sent;
  const { table } = core;
  const { run, base } = placed;
  const { graph } = run;
  const number = task - base;
  const info = graph.info(number);
  const { queue } = link;
  // First what may throw.
  const form = shipping.addArguments(graph, number, cargo, queue);
  const fn = cargo.functions[number];
  if (fn !== undefined) queue.useFunction(fn.number, fn.id, fn.isOwn ? undefined : fn.id);
  const label = shipping.labelNumber(info.label);
  queue.useLabel(label, info.label);
  const isWanted = run.wanted[number] !== 0 || run.isAwaited(number);
  const flags = (isWanted ? WANTED : 0) | (info.options?.timeout === undefined ? 0 : WATCHED);

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
    const isLast = core.usesOf(dependency) === 1 && e < end - ordering;
    if (isLast && isHeld && table.worker[dependency] !== link.index) sent.isTaking = true;
    queue.add(isLast ? 1 : 0);
    if (isHeld) addHolders(dispatch, link, dependency);
    else queue.add(0);
  }
}

function addHolders({ core, peerOf }: Dispatch, link: WorkerLink, dependency: number): void {
  const { queue } = link;
  const first = core.table.worker[dependency]!;
  const others = core.holders.others(dependency);
  queue.add(1 + others.length);
  queue.add(first);
  if (first !== link.index) queue.usePeer(first, peerOf);
  for (const other of others) {
    queue.add(other);
    if (other !== link.index) queue.usePeer(other, peerOf);
  }
}
