import type { SchedulerState } from "../../core/scheduler/state.ts";
import { MEMORY } from "../../core/scheduler/task-state.ts";
import { COMPUTE, type Peer, WANTED, WATCHED } from "../../worker/protocol.ts";
import type { Placed } from "../run-table.ts";
import type { WorkerLink } from "./link.ts";
import type { Cargo, Shipping } from "./shipping.ts";

/** A task on its way to a worker. */
export interface Dispatch {
  readonly core: SchedulerState;
  readonly placed: Placed;
  readonly task: number;
  readonly ticket: number;
  readonly cargo: Cargo;
  readonly shipping: Shipping;
  readonly link: WorkerLink;
  readonly peerOf: (index: number) => Peer;
}

/**
 * Adds an order to what goes to a worker; nothing of it if that throws.
 * @throws ClosureError for an argument that cannot travel
 */
export function addOrder(dispatch: Dispatch): void {
  const { core, placed, task, ticket, cargo, shipping, link } = dispatch;
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
    queue.add(core.usesOf(dependency) === 1 && e < end - ordering ? 1 : 0);
    if (isHeld) addHolders(dispatch, dependency);
    else queue.add(0);
  }
}

function addHolders({ core, link, peerOf }: Dispatch, dependency: number): void {
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
