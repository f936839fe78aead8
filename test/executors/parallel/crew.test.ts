import { WorkerStartError } from "dispatch-graph";
import { afterEach, describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { Crew } from "../../../src/executors/parallel/crew.ts";
import type { WorkerLink } from "../../../src/executors/parallel/link.ts";
import { processSpawner } from "../../../src/spawn/processes.ts";
import type { Spawn } from "../../../src/spawn/spawn.ts";
import { threadSpawner } from "../../../src/spawn/threads.ts";
import { ENTRY } from "../../support/spawn-contract.ts";

const crews: Crew[] = [];
afterEach(async () => {
  await Promise.all(crews.splice(0).map((crew) => crew.terminate()));
});

/** Something that happens: wait for it. */
class Event<T> {
  resolve!: (value: T) => void;
  readonly promise: Promise<T> = new Promise((resolve) => {
    this.resolve = resolve;
  });
}

function crewOf(size: number, spawn: Spawn = threadSpawner({ entry: ENTRY })) {
  let indexes = 0;
  const places: number[] = [];
  const [message, exit, failure] = [new Event<unknown>(), new Event<WorkerLink>(), new Event<Error>()];
  const crew = new Crew(
    {
      spawn,
      concurrency: 1,
      sharesMemory: true,
      library: new Library("controller"),
      memoryOf: () => ({ memoryLimit: Infinity, spillDirectory: undefined }),
      enlist: (place) => {
        places.push(place);
        return indexes++;
      },
      onMessage: (_, one) => message.resolve(one),
      onReady: () => {},
      onExit: (link) => exit.resolve(link),
      onStartFailure: (_, error) => failure.resolve(error),
    },
    size,
  );
  crews.push(crew);
  return { crew, places, message: message.promise, exit: exit.promise, failure: failure.promise };
}

const namesOf = (crew: Crew): string[] => [...crew.links].map(({ name }) => name);

describe("a crew", () => {
  it("starts its workers when they are needed, and each once", async () => {
    const { crew, places, message } = crewOf(2);
    expect([crew.size, crew.names, namesOf(crew)]).toEqual([2, ["worker-1", "worker-2"], []]);
    crew.fill();
    crew.fill();
    expect([namesOf(crew), places]).toEqual([
      ["worker-1", "worker-2"],
      [0, 1],
    ]);
    expect(crew.at(1)).toBe(crew.named("worker-2"));
    crew.named("worker-2")!.worker.comm.send({ order: "seed" });
    expect(await message).toMatchObject({
      id: "worker-2.1",
      data: { index: 1, name: "worker-2", concurrency: 1, sharesMemory: true },
    });
  });

  it("puts another worker in the place of one that has ended, under the same name", async () => {
    const { crew, places, exit } = crewOf(1);
    crew.fill();
    const first = crew.at(0)!;
    first.worker.comm.send({ order: "exit", value: 3, silent: true });
    expect(await exit).toBe(first);
    expect([first.isGone, crew.at(0), crew.size]).toEqual([true, undefined, 1]);
    crew.fill();
    expect([crew.named("worker-1"), places]).toEqual([crew.at(1), [0, 0]]);
  });

  it("grows and shrinks by places, whose names are not used again", () => {
    const { crew } = crewOf(1);
    expect(crew.add(2)).toEqual(["worker-2", "worker-3"]);
    crew.giveUp(crew.placeOf("worker-2")!);
    expect([crew.size, crew.names, crew.placeOf("worker-2")]).toEqual([
      2,
      ["worker-1", "worker-3"],
      undefined,
    ]);
    expect(crew.add(1)).toEqual(["worker-4"]);
    crew.fill();
    expect(namesOf(crew)).toEqual(["worker-1", "worker-3", "worker-4"]);
  });

  it("says when workers cannot be started", async () => {
    const { crew, failure } = crewOf(
      1,
      threadSpawner({ entry: new URL("./no-such-worker.mjs", import.meta.url) }),
    );
    crew.fill();
    const error = await failure;
    expect(error).toBeInstanceOf(WorkerStartError);
    expect(error.message).toContain("no-such-worker.mjs");
  });

  it("takes no kill for a worker that cannot be started, unless that goes on", async () => {
    const { crew, failure } = crewOf(1, processSpawner({ entry: ENTRY }));
    let failed: Error | undefined;
    const ended = failure.then((error) => {
      failed = error;
    });
    for (let kills = 0; kills < 4; kills++) {
      expect(failed).toBeUndefined();
      crew.fill();
      const { worker } = crew.named("worker-1")!;
      process.kill(worker.pid, "SIGKILL");
      await worker.exited;
    }
    await ended;
    expect(failed).toBeInstanceOf(WorkerStartError);
  });

  it("leaves none when it is terminated", async () => {
    const { crew } = crewOf(2);
    crew.fill();
    const links = [...crew.links];
    await crew.terminate();
    expect([crew.size, links.map(({ isGone }) => isGone)]).toEqual([0, [true, true]]);
  });
});
