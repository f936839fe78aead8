import { argumentsInside, callArguments, calls } from "./arguments.ts";
import { caching, cachingInFiles } from "./caching.ts";
import { cancellation, closing } from "./cancellation.ts";
import { broughtResults, chunkArguments, metaFunctions, putting } from "./chunk-arguments.ts";
import { events } from "./events.ts";
import { failures, failuresInside } from "./failures.ts";
import { fetching, overlapping, overlappingInside } from "./fetching.ts";
import { garbage, garbageInside } from "./garbage.ts";
import { cycles, graphs } from "./graphs.ts";
import { inputs } from "./inputs.ts";
import { chunks, keeping } from "./keeping.ts";
import { leaving } from "./leaving.ts";
import { nodeTypes, nodeTypesInside } from "./nodes.ts";
import { options, priorities } from "./options.ts";
import { results, resultsInside } from "./results.ts";
import { retries, retriesInside } from "./retries.ts";
import { sideBySide } from "./side-by-side.ts";
import { signals } from "./signals.ts";
import type { Group } from "./support.ts";
import { taskContexts } from "./task-contexts.ts";
import { timeouts } from "./timeouts.ts";

/** All of the contract, from what runs are for to what they leave behind. */
export const groups: readonly Group[] = [
  results,
  resultsInside,
  callArguments,
  calls,
  argumentsInside,
  nodeTypes,
  nodeTypesInside,
  graphs,
  cycles,
  inputs,
  failures,
  failuresInside,
  retries,
  retriesInside,
  cancellation,
  timeouts,
  closing,
  sideBySide,
  signals,
  keeping,
  caching,
  cachingInFiles,
  chunks,
  chunkArguments,
  putting,
  metaFunctions,
  broughtResults,
  garbage,
  garbageInside,
  fetching,
  overlapping,
  overlappingInside,
  events,
  options,
  priorities,
  taskContexts,
  leaving,
];
