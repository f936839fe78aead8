import type { TaskInput } from "./reports.ts";
import type { OpenOrder, ThreadLink } from "./thread-link.ts";

/** A thread that has inputs of an order may have so many times the orders of the one with the fewest. */
const SLACK = 1.25;

type Links = readonly (ThreadLink | undefined)[];

/** A thread with few orders, and among those the one with most of the inputs; `undefined` if all are full. */
export function chosen(links: Links, inputs: readonly TaskInput[]): ThreadLink | undefined {
  let least = Infinity;
  for (const link of links) if (link?.hasRoom) least = Math.min(least, link.sent.size);
  let best: ThreadLink | undefined;
  let bestBytes = -1;
  for (const link of links) {
    if (!link?.hasRoom || link.sent.size > least * SLACK) continue;
    const bytes = link.bytesHere(inputs);
    if (bytes < bestBytes || (bytes === bestBytes && link.sent.size >= best!.sent.size)) continue;
    best = link;
    bestBytes = bytes;
  }
  return best;
}

/** True if a thread has nothing to do while orders wait behind one that another thread runs. */
export function isUneven(links: Links): boolean {
  return links.some(isIdle) && links.some(hasMore);
}

/** For each thread that has nothing to do, half of what another one has not begun. */
export function takenBackForIdle(links: Links): OpenOrder[] {
  const taken: OpenOrder[] = [];
  for (const _ of links.filter(isIdle)) {
    const [busiest] = links.filter(hasMore).sort((a, b) => b.sent.size - a.sent.size);
    if (busiest === undefined) break;
    const half = Math.ceil((busiest.sent.size - 1) / 2);
    taken.push(...[...busiest.sent.values()].slice(-half).filter((open) => busiest.takeBack(open)));
  }
  return taken;
}

function isIdle(link: ThreadLink | undefined): boolean {
  return link?.hasRoom === true && link.sent.size === 0;
}

function hasMore(link: ThreadLink | undefined): link is ThreadLink {
  return link !== undefined && link.sent.size > 1;
}
